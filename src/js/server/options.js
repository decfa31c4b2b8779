'use strict'

/**
 * Checks what `new WSS(…)` is given, and sorts it: some is for the engine, some for JavaScript. The defaults
 * of the engine's settings are the engine's.
 */

/** @import { NativeOptions } from './native' */

const DEFAULT_PATH = '/wss'

/** The largest value that the engine's settings can take; also the longest timer that JavaScript has. */
const MAX = 2 ** 31 - 1

/** Settings of the engine, with their largest values. All are whole numbers from 1. */
const LIMITS = {
  helloTimeoutMs: MAX,
  heartbeatIntervalMs: MAX,
  maxHelloBytes: MAX,
  maxMessageBytes: MAX,
  maxBufferedBytes: MAX,
  pendingMessages: MAX,
  threads: 64,
}

/**
 * @param {unknown} given settings, or only whether to print what happens
 * @returns {{ path: string, debug: boolean, native: NativeOptions }}
 */
function readOptions(given) {
  if (given === null || typeof given !== 'object') return { path: DEFAULT_PATH, debug: !!given, native: {} }
  const { path = DEFAULT_PATH, debug = false, ...native } = /** @type {Record<string, unknown>} */ (given)
  if (typeof path !== 'string' || !path.startsWith('/') || path.includes('?')) {
    throw new TypeError(`WSS: path must be a path like ${DEFAULT_PATH}, without a query`)
  }
  for (const [name, value] of Object.entries(native)) checkNumber(name, value)
  return { path, debug: !!debug, native: /** @type {NativeOptions} */ (native) }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function checkNumber(name, value) {
  if (!Object.hasOwn(LIMITS, name)) throw new TypeError(`WSS: there is no option ${name}`)
  if (value === undefined) return
  const max = LIMITS[/** @type {keyof typeof LIMITS} */ (name)]
  if (typeof value !== 'number') throw new TypeError(`WSS: ${name} must be a number`)
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new RangeError(`WSS: ${name} must be a whole number from 1 to ${max}`)
  }
}

exports.readOptions = readOptions
