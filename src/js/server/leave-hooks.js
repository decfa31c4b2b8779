'use strict'

/**
 * Which leave hooks are running: the end of the room server waits for them, as they may have something to
 * store. A hook that itself waits for that end is not waited for, as far as that can be seen: while it has
 * not yet waited for anything else.
 */

class LeaveHooks {
  /** @type {Set<object>} */
  #running = new Set()
  /** The one that JavaScript is in. @type {object | undefined} */
  #current

  /**
   * @param {() => unknown} hook
   * @returns {Promise<void>}
   */
  async run(hook) {
    const run = {}
    const caller = this.#current
    this.#running.add(run)
    this.#current = run
    try {
      const result = this.#call(hook, caller)
      await result
    } finally {
      this.#running.delete(run)
    }
  }

  /**
   * @param {() => unknown} hook
   * @param {object | undefined} caller
   */
  #call(hook, caller) {
    try {
      return hook()
    } finally {
      this.#current = caller
    }
  }

  /** Whoever calls this waits for the end: if it is a leave hook, the end does not wait for it. */
  callerWaits() {
    if (this.#current) this.#running.delete(this.#current)
  }

  get areWaitedFor() {
    return this.#running.size > 0
  }
}

exports.LeaveHooks = LeaveHooks
