/** Runs a script in a process of its own, in the package's folder. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gate } from './inbox.mjs'

export const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

/** `{ code, signal, stdout, stderr, ms }` once the process has ended; it is killed when it takes too long. */
export async function runScript(script, { args = [], limit = 12_000, env = {}, module = false } = {}) {
  const start = performance.now()
  const type = module ? ['--input-type=module'] : ['--input-type=commonjs']
  const child = spawn(process.execPath, [...type, ...args, '-e', script], {
    cwd: PACKAGE,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text))
  const ended = gate()
  child.on('error', ended.fail)
  child.on('close', (code, signal) => ended.open({ code, signal }))
  const timer = setTimeout(() => child.kill('SIGKILL'), limit)
  try {
    return { ...(await ended.promise), ...output, ms: performance.now() - start }
  } finally {
    clearTimeout(timer)
  }
}
