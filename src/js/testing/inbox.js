'use strict'

/**
 * Waiting: a queue that a test takes from, and promises with a time limit. What arrives is taken in order; once
 * the source has ended, waiting is an error that says why. A test that waits in vain learns what came instead.
 */

const { isDeepStrictEqual } = require('node:util')

/** How long to wait where nobody says otherwise, in ms: less than the 5 s after which test runners give up. */
const TIMEOUT_MS = 4000
/** So many of the latest items an error tells of. */
const TOLD = 12

/**
 * @template T
 * @typedef {{ passes: (item: T) => boolean, resolve: (item: T) => void, reject: (error: Error) => void }} Waiter
 */

/** @template T */
class Inbox {
  /** @type {T[]} */
  #items = []
  /** @type {Waiter<T>[]} */
  #waiting = []
  /** @type {string | undefined} */
  #ended
  /** The latest items, taken or not. @type {T[]} */
  #latest = []
  #count = 0
  #timeoutMs
  #show

  /** @param {{ timeoutMs?: number, show?: (item: T) => string }} [options] `show`: an item in the text of an error */
  constructor({ timeoutMs = TIMEOUT_MS, show = String } = {}) {
    this.#timeoutMs = timeoutMs
    this.#show = show
  }

  /** @param {T} item */
  push(item) {
    this.#count++
    this.#latest.push(item)
    if (this.#latest.length > TOLD) this.#latest.shift()
    const index = this.#waiting.findIndex(({ passes }) => passes(item))
    if (index < 0) this.#items.push(item)
    else this.#waiting.splice(index, 1)[0].resolve(item)
  }

  /**
   * Ends the queue: those who wait, and those who ask for what isn't here, get an error with this reason.
   * @param {string} reason
   */
  end(reason) {
    this.#ended ??= reason
    for (const { reject } of this.#waiting.splice(0)) reject(this.#vain('message', reason))
  }

  get size() {
    return this.#items.length
  }

  /** Takes everything that is here now. */
  drain() {
    return this.#items.splice(0)
  }

  /**
   * Takes the first item that passes, now or later; those before it stay.
   * @param {string} [what] it is, for the error
   * @param {{ passes?: (item: T) => boolean, timeoutMs?: number }} [options]
   * @returns {Promise<T>}
   */
  async take(what = 'message', { passes = () => true, timeoutMs = this.#timeoutMs } = {}) {
    const index = this.#items.findIndex(passes)
    if (index >= 0) return this.#items.splice(index, 1)[0]
    if (this.#ended !== undefined) throw this.#vain(what, this.#ended)
    /** @type {Waiter<T> | undefined} */
    let waiter
    const coming = new Promise((resolve, reject) => {
      waiter = { passes, resolve, reject }
      this.#waiting.push(waiter)
    })
    try {
      return await within(coming, () => this.#vain(what, `none within ${timeoutMs} ms`), timeoutMs)
    } finally {
      this.#waiting = this.#waiting.filter((other) => other !== waiter)
    }
  }

  /**
   * @param {string} what
   * @param {string} why
   */
  #vain(what, why) {
    const before = this.#count - this.#latest.length
    const lines = this.#latest.map((item) => `\n  ${this.#show(item)}`)
    const came = lines.length === 0 ? 'Nothing came before.' : `Came so far: ${this.#count}`
    const more = before > 0 ? `\n  (${before} earlier)` : ''
    return new Error(`no ${what} will come: ${why}. ${came}${more}${lines.join('')}`)
  }
}

/**
 * The promise, or an error when it takes too long.
 * @template T
 * @param {Promise<T>} promise
 * @param {string | (() => Error)} late the error, or the beginning of its text
 * @param {number} [ms]
 * @returns {Promise<T>}
 */
async function within(promise, late, ms = TIMEOUT_MS) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const tooLate = new Promise((_, reject) => {
    const error = () => (typeof late === 'string' ? new Error(`${late} within ${ms} ms`) : late())
    timer = setTimeout(() => reject(error()), ms)
  })
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (tooLate)])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * A promise with its handles outside.
 * @template [T=any]
 */
function gate() {
  /** @type {(value?: any) => void} */
  let open = () => {}
  /** @type {(error: Error) => void} */
  let fail = () => {}
  /** @type {Promise<T>} */
  const promise = new Promise((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open, fail }
}

/**
 * Whether a message is what a test waits for.
 * @param {any} message
 * @param {((message: any) => boolean) | Record<string, unknown>} wanted a function, or members that the message must have
 */
function matches(message, wanted) {
  if (typeof wanted === 'function') return wanted(message)
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(message?.[key], value))
}

exports.Inbox = Inbox
exports.TIMEOUT_MS = TIMEOUT_MS
exports.gate = gate
exports.matches = matches
exports.within = within
