'use strict'

/**
 * What happens, for those who want to know: records of the engine and of JavaScript, to the application's
 * listener and, in debug mode, to stdout. Text of clients is in them quoted and escaped only, so that no
 * client can make a record look like another one.
 */

const { report } = require('./errors')

/** @import { LogRecord, WSS } from '../../../index.js' */
/** @import { Bridge } from './bridge' */
/** @import { Settings } from './options' */

/** From the least to the most. @type {LogRecord['level'][]} */
const LEVELS = ['error', 'warn', 'info', 'debug', 'trace']

/** By which records of JavaScript are told from the engine's. */
const TARGET = 'room_server'

class Log {
  #wss
  #settings

  /**
   * @param {WSS} wss whose records they are
   * @param {Settings} settings
   */
  constructor(wss, settings) {
    this.#wss = wss
    this.#settings = settings
    /** The application's. */
    this.listener = settings.onLog
  }

  /**
   * How much the engine is to tell: in debug mode, everything.
   * @returns {LogRecord['level'] | undefined}
   */
  get engineLevel() {
    return this.#wss.debug ? 'trace' : this.#settings.logLevel
  }

  /**
   * @param {LogRecord['level']} level
   * @param {string} message
   */
  write(level, message) {
    this.#tell({ level, target: TARGET, message })
  }

  /** Tells what the engine has written since the last time. @param {Bridge} bridge */
  take(bridge) {
    const text = bridge.native.takeLogs()
    if (text === null) return
    for (const [level, target, message] of JSON.parse(text)) {
      // The number alone is how the engine knows a client; outside it is known by its id.
      this.#tell({ level, target, message: message.replace(/ conn=(\d+)/, ' connection:$1') })
    }
  }

  /** @param {LogRecord} record */
  #tell(record) {
    if (this.#wss.debug) console.log(`[${record.level}] ${record.message}`)
    if (!this.listener || !this.#wants(record.level)) return
    try {
      this.listener.call(this.#wss, record)
    } catch (error) {
      report(console.error, 'onLog failed:', error)
    }
  }

  /** @param {LogRecord['level']} level */
  #wants(level) {
    const { logLevel } = this.#settings
    return logLevel !== undefined && LEVELS.indexOf(level) <= LEVELS.indexOf(logLevel)
  }
}

/**
 * Text from outside, as it may stand in a record.
 * @param {unknown} text
 */
function quote(text) {
  const escape = (/** @type {string} */ sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(String(text)).replace(/[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e]/g, escape)
}

exports.LEVELS = LEVELS
exports.Log = Log
exports.quote = quote
