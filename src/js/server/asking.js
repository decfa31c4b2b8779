'use strict'

/**
 * What the application asks of one client: its requests, until the client answers, the time is over or the
 * connection ends.
 */

const { MESSAGE_TYPE } = require('../protocol/index.cjs')

/** @import { ActionResp, RequestOptions } from '../../../index.js' */
/** @import { Bridge } from './bridge' */

const TIMEOUT_MS = 10_000

/** Timers know nothing longer. */
const NEVER_MS = 2 ** 31

/**
 * @typedef {object} Pending
 * @property {(response: ActionResp) => void} resolve
 * @property {(error: Error) => void} reject
 */

/** Requests are numbered throughout the process. */
let latest = 0

class Asking {
  /** By the ids of requests: as many as the application makes. @type {Map<string, Pending>} */
  #pending = new Map()
  #bridge
  #n

  /**
   * @param {Bridge} bridge
   * @param {number} n the connection's number
   */
  constructor(bridge, n) {
    this.#bridge = bridge
    this.#n = n
  }

  /**
   * @param {string} action
   * @param {string} [data]
   * @param {RequestOptions} [options]
   * @returns {Promise<ActionResp>}
   */
  ask(action, data, options) {
    const answer = this.#ask(action, data, options)
    // That a client goes is no reason to end the process, even where nobody looks at the answer.
    answer.catch(ignore)
    return answer
  }

  /**
   * @param {string} action
   * @param {string} [data]
   * @param {RequestOptions} [options]
   */
  async #ask(action, data, { timeoutMs = TIMEOUT_MS, signal } = {}) {
    if (signal?.aborted) throw aborted(signal.reason)
    const id = `request:${++latest}`
    const request = JSON.stringify({ type: MESSAGE_TYPE.ACTION_REQ, action, id, data })
    const quit = (/** @type {Error} */ error) => this.#quit(id, error)
    const late = () => quit(named('TimeoutError', `the client did not answer within ${timeoutMs} ms`))
    const abort = () => quit(aborted(signal?.reason))
    const timer = timeoutMs < NEVER_MS ? setTimeout(late, timeoutMs).unref() : undefined
    signal?.addEventListener('abort', abort)
    try {
      return await this.#send(id, request)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  /**
   * @param {string} id
   * @param {string} request
   * @returns {Promise<ActionResp>}
   */
  #send(id, request) {
    this.#bridge.write(`G ${this.#n} ${JSON.stringify(id)}`)
    this.#bridge.write(`S ${this.#n} ${request}`)
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
  }

  /**
   * Nobody waits for the answer any more.
   * @param {string} id
   * @param {Error} error
   */
  #quit(id, error) {
    this.#bridge.write(`V ${this.#n} ${JSON.stringify(id)}`)
    this.#pending.get(id)?.reject(error)
    this.#pending.delete(id)
  }

  /** The client has answered. @param {any} message */
  answered(message) {
    this.#pending.get(message.id)?.resolve(response(message))
    this.#pending.delete(message.id)
  }

  /** No answer will come. */
  end() {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of pending) reject(closed())
  }
}

/**
 * What a client has sent may be anything but for its type and id.
 * @param {any} message
 * @returns {ActionResp}
 */
function response({ type, id, success, data, msg }) {
  return { type, id, success: success === true, data: text(data), msg: text(msg) }
}

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value : undefined
}

/** @param {unknown} cause */
function aborted(cause) {
  return named('AbortError', 'the request was aborted', cause)
}

function closed() {
  return named('ClosedError', 'the connection of the client is closed')
}

/**
 * @param {string} name by which callers tell what has happened
 * @param {string} message
 * @param {unknown} [cause]
 */
function named(name, message, cause) {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { name })
}

function ignore() {}

exports.Asking = Asking
