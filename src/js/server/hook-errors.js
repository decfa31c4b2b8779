'use strict'

/**
 * Where the errors of hooks go, beside what they do to the client: to the application's onError, or to
 * stderr.
 */

const { report } = require('./errors')

/** @import { HookFailure } from '../../../index.js' */
/** @import { WSS } from './wss' */

class HookErrors {
  #wss

  /** @param {WSS} wss whose hooks they are */
  constructor(wss) {
    this.#wss = wss
  }

  /**
   * @param {unknown} error whatever was thrown
   * @param {HookFailure} where
   * @returns {boolean} whether the application has a hook for it
   */
  tell(error, where) {
    const hook = this.#wss.onError
    if (typeof hook !== 'function') return false
    this.#call(hook, error, where)
    return true
  }

  /**
   * Of a hook for which no client waits: without onError nobody would hear of it.
   * @param {unknown} error
   * @param {HookFailure} where
   */
  tellSomebody(error, where) {
    if (this.tell(error, where)) return
    // Ids of rooms come from clients: quoted, they can't forge lines.
    const whom = where.clientId ?? `room ${JSON.stringify(where.roomId)}`
    report(console.error, `${where.hook} failed for ${whom}:`, error)
  }

  /**
   * @param {NonNullable<WSS['onError']>} hook
   * @param {unknown} error
   * @param {HookFailure} where
   */
  async #call(hook, error, where) {
    try {
      await hook.call(this.#wss, this.#wss, error, where)
    } catch (failure) {
      report(console.error, 'onError failed:', failure)
    }
  }
}

exports.HookErrors = HookErrors
