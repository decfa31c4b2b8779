/**
 * The echo servers that the suite talks to: the same engine, reached in three ways. Each is a build with the feature `conformance`
 * and a process of its own, which ends with ours.
 */

import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const ADDON = join(ROOT, 'target/conformance')
const NODE_SERVER = fileURLToPath(new URL('node-server.mjs', import.meta.url))

/** By name: how to start one, with compression or without. Gives `{ url, stop }`. */
export const ENTRIES = {
  /** A plain TCP listener, no Node. */
  plain: (compress) => startExample(compress),
  /** Node's `'upgrade'`, and the socket taken over. */
  upgrade: (compress) => startNode('http', compress),
  /** Node's `'upgrade'` on https, and the bytes relayed. */
  relay: (compress) => startNode('https', compress),
}

/** Builds what the named entries need. */
export function build(names) {
  if (names.includes('plain'))
    execute('cargo', [
      ...['build', '--release', '-p', 'room-engine'],
      ...['--features', 'conformance', '--example', 'echo'],
    ])
  if (names.some((name) => name !== 'plain'))
    execute('npx', [
      ...['napi', 'build', '--release', '--platform', '--features', 'conformance'],
      ...['--output-dir', ADDON, '--js', 'binding.cjs', '--dts', 'binding.d.cts'],
    ])
}

function execute(command, args) {
  execFileSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
}

async function startExample(compress) {
  const child = spawn(join(ROOT, 'target/release/examples/echo'), compress ? ['compress'] : [], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { url: `ws://127.0.0.1:${port.trim()}`, stop: () => ended(child, () => child.stdin.end()) }
}

async function startNode(transport, compress) {
  const addon = readdirSync(ADDON).find((name) => name.endsWith('.node'))
  const child = fork(NODE_SERVER, [transport, ...(compress ? ['compress'] : [])], {
    env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: join(ADDON, addon) },
    execArgv: [],
  })
  const [{ url }] = await once(child, 'message')
  return { url, stop: () => ended(child, () => child.disconnect()) }
}

/** Ends a server; throws if it has not lived until now or does not end well. */
async function ended(child, end) {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`the server had ended with ${child.signalCode ?? child.exitCode}`)
  end()
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the server ended with ${signal ?? code}`)
}
