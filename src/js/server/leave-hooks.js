'use strict'

/**
 * Which leave and dispose hooks are running: the end of the room server waits for them, as they may have something to
 * store. A hook that itself waits for that end is not waited for, as far as that can be seen: while it has
 * not yet waited for anything else.
 */

/** @import { HookTimes } from './hook-times' */

class LeaveHooks {
  /** By a mark for each call. @type {Set<symbol>} */
  #running = new Set()
  /** The one that JavaScript is in. @type {symbol | undefined} */
  #current
  #times

  /** @param {HookTimes} times */
  constructor(times) {
    this.#times = times
  }

  /**
   * @param {'onLeave' | 'onDisposeRoom'} name
   * @param {() => unknown} hook
   * @returns {Promise<void>}
   */
  async run(name, hook) {
    const since = performance.now()
    const mark = Symbol('leave')
    this.#running.add(mark)
    let failed = true
    try {
      await this.#call(mark, hook)
      failed = false
    } finally {
      this.#running.delete(mark)
      this.#times.add(name, performance.now() - since, failed)
    }
  }

  /**
   * @param {symbol} mark
   * @param {() => unknown} hook
   */
  #call(mark, hook) {
    // A hook may eject another client, whose hook is called within.
    const caller = this.#current
    this.#current = mark
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
