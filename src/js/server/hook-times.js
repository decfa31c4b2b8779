'use strict'

/**
 * How long hooks take, from the call until what they return has settled.
 */

/**
 * @typedef {object} HookTime
 * @property {number} count
 * @property {number} errors
 * @property {number} totalMs
 * @property {number} maxMs
 */

class HookTimes {
  /** By the hooks' names: bounded by how many hooks there are. @type {Map<string, HookTime>} */
  #times = new Map()

  /**
   * A hook is done.
   * @param {string} hook
   * @param {number} took in milliseconds
   * @param {boolean} failed
   */
  add(hook, took, failed) {
    const ms = Math.max(0, took)
    const time = this.#times.get(hook) ?? this.#first(hook)
    time.count += 1
    time.totalMs += ms
    if (failed) time.errors += 1
    if (ms > time.maxMs) time.maxMs = ms
  }

  /** @param {string} hook */
  #first(hook) {
    const time = { count: 0, errors: 0, totalMs: 0, maxMs: 0 }
    this.#times.set(hook, time)
    return time
  }

  /** Of the hooks that were called, in the order of their first calls. */
  entries() {
    return this.#times.entries()
  }
}

exports.HookTimes = HookTimes
