'use strict'

/**
 * Keeps clients waiting until the application is ready for them. Owns the upgrades that wait: so many at
 * most, and each for a limited time. Opens once, for good.
 */

const { report } = require('./errors')
const { endWith, UNAVAILABLE } = require('./upgrade')

/** @import { Duplex } from 'node:stream' */

/** What the listen queue of a server holds, roughly; who comes past it gets 503. */
const MAX_WAITING = 1024

/** Browsers wait longer than this. A client that gets 503 comes back later. */
const WAIT_MS = 30_000

class Gate {
  /** @type {'waiting' | 'open' | 'shut'} */
  #state = 'open'
  /** What lets each of them through. @type {Map<Duplex, { pass: () => void, timer: NodeJS.Timeout }>} */
  #waiting = new Map()

  /** @param {PromiseLike<unknown>} [ready] none: open from the start */
  constructor(ready) {
    if (ready === undefined) return
    this.#state = 'waiting'
    Promise.resolve(ready).then(
      () => this.#open(),
      (error) => this.#shut(error),
    )
  }

  /**
   * @param {Duplex} socket with a listener for errors
   * @param {() => void} pass called now, later or never
   */
  pass(socket, pass) {
    if (this.#state === 'open') return pass()
    if (this.#state === 'shut' || this.#waiting.size >= MAX_WAITING) return endWith(socket, UNAVAILABLE)
    const timer = setTimeout(() => this.#refuse(socket), WAIT_MS).unref()
    this.#waiting.set(socket, { pass, timer })
    socket.once('close', () => this.#take(socket))
  }

  #open() {
    this.#state = 'open'
    for (const socket of [...this.#waiting.keys()]) this.#take(socket)?.pass()
  }

  /** @param {unknown} error */
  #shut(error) {
    this.#state = 'shut'
    report(console.error, 'addWebsockets: what `ready` waits for has failed, so clients get 503:', error)
    for (const socket of [...this.#waiting.keys()]) this.#refuse(socket)
  }

  /** @param {Duplex} socket */
  #refuse(socket) {
    if (this.#take(socket)) endWith(socket, UNAVAILABLE)
  }

  /** @param {Duplex} socket */
  #take(socket) {
    const entry = this.#waiting.get(socket)
    if (entry) clearTimeout(entry.timer)
    this.#waiting.delete(socket)
    return entry
  }
}

exports.Gate = Gate
