/** Starts the demo as its own process and finds a browser to look at it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../../demo/server.mjs', import.meta.url))
/** How to start a browser that looks at nothing but the pages it is given. */
export const ARGS = (
  '--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run ' +
  '--disable-background-networking --disable-component-update --disable-sync'
).split(' ')
const USUAL_CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Resolves when the demo listens: `{ url, port, process, stop(signal) }`. */
export async function startDemo({ port = 0, env = {} } = {}) {
  const child = spawn(process.execPath, [SERVER], {
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const url = await printedUrl(child)
  return {
    url,
    port: Number(new URL(url).port),
    process: child,
    /** Ends it; resolves with its exit code, null when the signal killed it. */
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const exit = once(child, 'exit')
      child.kill(signal)
      return (await exit)[0]
    },
  }
}

/** The browser to test with: the one that CHROMIUM names, else one in a usual place. */
export function findChromium() {
  const { CHROMIUM } = process.env
  return (CHROMIUM ? [CHROMIUM] : USUAL_CHROMIUMS).find((path) => existsSync(path))
}

function printedUrl(child) {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk) => {
      output += chunk
      const url = /http:\/\/\S+/.exec(output)?.[0]
      if (url) resolve(url)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', (chunk) => (output += chunk))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${output}`)))
  })
}
