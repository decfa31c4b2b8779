/** A server under attack, a witness, and what both say before, during and afterwards. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

/** How long the server may take to be as it was: heartbeats, deadlines, empty rooms, pages given back. */
const PATIENCE_MS = 45_000

/** So long the memory is looked at before an attack: what was freed before has been given back by then, and doesn't count as the start. */
const SETTLE_MS = 5000

/** As docs/operations.md recommends: what Node itself takes from glibc goes back as well. The engine has an allocator of its own. */
const SETTINGS = { MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '2' }

export class Arena {
  static async open() {
    const arena = new Arena()
    arena.server = fork(path('server.mjs'), {
      execArgv: ['--expose-gc'],
      env: { ...process.env, ...SETTINGS },
    })
    arena.server.on('exit', (code, signal) => (arena.death = signal ?? code))
    ;[{ port: arena.port }] = await once(arena.server, 'message')
    arena.witness = fork(path('witness.mjs'), [`ws://127.0.0.1:${arena.port}/wss`], { execArgv: [] })
    arena.witness.on('exit', (code) => (arena.witnessed = code))
    await once(arena.witness, 'message')
    return arena
  }

  async #ask(child) {
    if (this.death !== undefined) throw new Error(`the server has ended: ${this.death}`)
    if (this.witnessed !== undefined) throw new Error(`the witness has ended: ${this.witnessed}`)
    child.send('?')
    const [figures] = await once(child, 'message')
    return figures
  }

  /** How long the witness has waited since it was last asked. */
  look = () => this.#ask(this.witness)

  /** What the server holds. */
  weigh = () => this.#ask(this.server)

  /** Runs an attack, and waits until only the witness is left; what the witness says. */
  async stand(attack, scale) {
    await this.look()
    await attack(this.port, scale)
    const during = await this.look()
    await this.quiet()
    return during
  }

  /** Runs an attack. `before`, `during`: the witness; `start`, `end`: the server's memory, once only the witness is left. */
  async suffer(attack, scale, restMs) {
    const start = await this.settle()
    await this.look()
    await new Promise((resolve) => setTimeout(resolve, restMs))
    const before = await this.look()
    await attack(this.port, scale)
    const during = await this.look()
    const end = await this.quiet(start * 1.1)
    return { before, during, start, end }
  }

  /** The least memory over some seconds in which only the witness is there. */
  async settle() {
    let least = await this.quiet()
    for (const until = performance.now() + SETTLE_MS; performance.now() < until;) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      least = Math.min(least, (await this.weigh()).rss)
    }
    return least
  }

  /**
   * Waits until only the witness is left, and the memory is at most this, or as long as that may take. The least memory seen. It looks ever
   * more seldom: a look collects garbage, and V8 gives empty space back (its new space, 32 MiB after a burst) when nothing has been
   * collected for some 10 s.
   */
  async quiet(most = Infinity) {
    let least = Infinity
    let pause = 100
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until;) {
      const { rss, rooms, connections } = await this.weigh()
      const alone = rooms === 1 && connections === 1
      if (alone) least = Math.min(least, rss)
      if (alone && rss <= most) return least
      await new Promise((resolve) => setTimeout(resolve, pause))
      if (alone) pause = Math.min(2 * pause, 16_000)
    }
    if (least === Infinity)
      throw new Error(`not only the witness is left: ${JSON.stringify(await this.weigh())}`)
    return least
  }

  async close() {
    const ends = [this.witness, this.server].map((child) => child.connected && once(child, 'exit'))
    for (const child of [this.witness, this.server]) if (child.connected) child.disconnect()
    await Promise.all(ends)
  }
}
