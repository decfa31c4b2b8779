'use strict'

/**
 * Where the errors of hooks go, beside what they do to the client: to the application's onError, or to
 * stderr.
 */

const { reasonOf, report } = require('./errors')
const { quote } = require('./log')

/** @import { HookFailure } from '../../../index.js' */
/** @import { Log } from './log' */
/** @import { WSS } from './wss' */

class HookErrors {
  #wss
  #log

  /**
   * @param {WSS} wss whose hooks they are
   * @param {Log} log
   */
  constructor(wss, log) {
    this.#wss = wss
    this.#log = log
  }

  /**
   * @param {unknown} error whatever was thrown
   * @param {HookFailure} where
   * @returns {boolean} whether the application has a hook for it
   */
  tell(error, where) {
    this.#log.write('warn', `${where.hook} failed for ${whom(where)}: ${quote(reasonOf(error))}`)
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
    report(console.error, `${where.hook} failed for ${whom(where)}:`, error)
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

/** Ids of rooms come from clients. @param {HookFailure} where */
function whom({ clientId, roomId }) {
  return clientId ?? `room ${quote(roomId)}`
}

exports.HookErrors = HookErrors
