/** How long to wait before the next attempt. Pure: has neither clock nor timer. */

/** By how much longer the waits are when the server has asked for it. */
const LATER = 4

export class Backoff {
  #attempts = 0
  #random
  #options

  /**
   * @param {{ minMs?: number, maxMs?: number, maxAttempts?: number }} options
   * @param {() => number} [random]
   */
  constructor({ minMs = 500, maxMs = 30_000, maxAttempts = Infinity } = {}, random = Math.random) {
    this.#options = { minMs, maxMs, maxAttempts }
    this.#random = random
  }

  /** The last connection was good: begin anew. */
  reset() {
    this.#attempts = 0
  }

  /**
   * Full jitter: anything from 0 to a bound that doubles, lest all clients come back at once. Later: from a half to all of a longer one.
   * @param {'soon' | 'later'} when
   * @returns {number | undefined} ms; undefined: give up
   */
  next(when) {
    const { minMs, maxMs, maxAttempts } = this.#options
    if (this.#attempts >= maxAttempts) return undefined
    const bound = minMs * 2 ** this.#attempts++
    if (when === 'soon') return Math.min(maxMs, bound) * this.#random()
    return (Math.min(maxMs, bound * LATER) * (1 + this.#random())) / 2
  }
}
