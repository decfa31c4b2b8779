/** The servers that are measured: each is a process of its own, started fresh for every run. */

import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const PEERS = {
  ours: { file: 'ours' },
  'ours+hooks': { file: 'ours', args: ['hooks'] },
  original: { file: 'original' },
  'original+hooks': { file: 'original', args: ['hooks'] },
  ws: { file: 'relay' },
  'socket.io': { file: 'socketio', wire: 'socket.io' },
}

const PATIENCE = 20_000

export class Peer {
  /** Starts a peer and waits until it listens. */
  static async start(name, { cpu, watchLoop = false, env = {} } = {}) {
    const { file, args = [], wire = 'native' } = PEERS[name]
    const path = fileURLToPath(new URL(`peers/${file}.mjs`, import.meta.url))
    const child = fork(path, args, {
      env: { ...process.env, NODE_ENV: 'production', ...(watchLoop && { BENCH_WATCH_LOOP: '1' }), ...env },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const peer = new Peer(child, wire)
    await peer.#listening(name)
    // Its main thread only: helpers that are there by now stay free, threads that it makes later inherit this.
    if (cpu !== undefined)
      execFileSync('taskset', ['-p', '-c', `${cpu}`, `${child.pid}`], { stdio: 'ignore' })
    return peer
  }

  #stderr = ''

  constructor(child, wire) {
    this.child = child
    this.pid = child.pid
    this.wire = wire
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#stderr = (this.#stderr + text).slice(-2000)))
  }

  /** What it has complained of. */
  get stderr() {
    return this.#stderr
  }

  async #listening(name) {
    const gone = new AbortController()
    const timer = setTimeout(() => gone.abort(), PATIENCE)
    this.child.once('exit', () => gone.abort())
    try {
      const [{ port }] = await once(this.child, 'message', { signal: gone.signal })
      this.port = port
    } catch {
      this.child.kill('SIGKILL')
      throw new Error(`${name} does not listen\n${this.#stderr}`)
    } finally {
      clearTimeout(timer)
    }
  }

  /** How late its event loop was between two moments: `{ p99, max }` in ms. It has to be started with `watchLoop`. */
  async lateness([from, to]) {
    this.child.send({ from, to })
    const [answer] = await once(this.child, 'message', { signal: AbortSignal.timeout(PATIENCE) })
    return answer
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exited
  }
}

/** A CPU for the server and one for the generator, where there are two and processes can be pinned; else neither. */
export function cpus() {
  if (process.platform !== 'linux') return {}
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    const status = readFileSync('/proc/self/status', 'utf8')
    const [server, generator] = listed(/^Cpus_allowed_list:\s*(.+)$/m.exec(status)[1])
    return generator === undefined ? {} : { server, generator }
  } catch {
    return {}
  }
}

/** `0-2,5` -> [0, 1, 2, 5] */
function listed(ranges) {
  return ranges.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
