/** Builds the load generator (src/engine/examples/load) and runs it against a peer. */

import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const LIMIT = 180_000

/** The path of the program. The release build takes a minute or two the first time. */
export function build({ release = true } = {}) {
  const args = ['build', '-p', 'room-engine', '--example', 'load']
  const messages = '--message-format=json-render-diagnostics'
  const { status, stdout, error } = spawnSync(
    'cargo',
    [...args, ...(release ? ['--release'] : []), messages],
    {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  if (status !== 0)
    throw new Error(`The load generator could not be built: ${error?.message ?? `exit code ${status}`}`)
  const artifacts = stdout.split('\n').filter(Boolean).map(JSON.parse)
  const { executable } = artifacts.find(({ target, executable: path }) => target?.name === 'load' && path)
  return executable
}

/** Runs it and gives what it reports. */
export async function generate(program, load, cpu) {
  const command = [program, JSON.stringify(load)]
  if (cpu !== undefined) command.unshift('taskset', '-c', `${cpu}`)
  const [file, ...args] = command
  const { stdout } = await promisify(execFile)(file, args, { timeout: LIMIT, maxBuffer: 1 << 20 })
  return JSON.parse(stdout)
}
