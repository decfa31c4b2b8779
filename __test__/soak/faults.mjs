/** Lines between clients and server, and what goes wrong with them. */

import { createRequire } from 'node:module'

const { Link } = createRequire(import.meta.url)('../../src/js/testing/link.js')

/** Which server, over what. */
const KINDS = [
  { port: 0, scheme: 'ws', path: '/plain' },
  { port: 0, scheme: 'ws', path: '/hooked' },
  { port: 1, scheme: 'wss', path: '/plain' },
  { port: 1, scheme: 'wss', path: '/hooked' },
]
const LINES_OF_A_KIND = 6

const between = (low, high) => low + Math.random() * (high - low)
const pick = (list) => list[Math.floor(Math.random() * list.length)]

/** Each has a time after which it is mended. */
const FAULTS = {
  cut: (line) => line.cut(),
  'cut in mid-frame': (line) => line.cutMidFrame(),
  vanish: (line) => line.vanish(),
  'down for 1-4 s': (line, mend) => (line.down(), mend(between(1_000, 4_000))),
  'down for 11-14 s': (line, mend) => (line.down(), mend(between(11_000, 14_000))),
  'frozen for 1-10 s': (line, mend) => (line.freeze(), mend(between(1_000, 10_000))),
  'slow for 5 s': (line, mend) => (line.slow(4_000), mend(5_000)),
}

export class Lines {
  counts = Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0]))
  /** `{ line, kind }`, healthy ones and broken ones. */
  all = []
  #mending = new Map()

  async open(ports) {
    for (const kind of KINDS) {
      for (let i = 0; i < LINES_OF_A_KIND; i++) {
        const toUrl = (port) => `${kind.scheme}://127.0.0.1:${port}${kind.path}`
        const line = await new Link(ports[kind.port], toUrl).listen()
        this.all.push({ line, kind })
      }
    }
  }

  /** Something goes wrong with a line that works. */
  breakOne() {
    const { line } = pick(this.all)
    if (this.#mending.has(line)) return
    const name = pick(Object.keys(FAULTS))
    this.counts[name]++
    FAULTS[name](line, (ms) =>
      this.#mending.set(
        line,
        setTimeout(() => this.#mend(line), ms),
      ),
    )
  }

  #mend(line) {
    clearTimeout(this.#mending.get(line))
    this.#mending.delete(line)
    line.up()
    line.thaw()
    line.slow(Infinity)
  }

  mendAll() {
    for (const line of [...this.#mending.keys()]) this.#mend(line)
  }

  async close() {
    this.mendAll()
    await Promise.all(this.all.map(({ line }) => line.close()))
  }
}
