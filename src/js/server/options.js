'use strict'

/**
 * Checks what `new WSS(…)` and `configure` are given, and sorts it: some is for the engine, some for
 * JavaScript. The defaults of the engine's settings are the engine's.
 */

const { isDeepStrictEqual } = require('node:util')
const { LEVELS } = require('./log')
const { originRule } = require('./origins')

/** @import { LogRecord } from '../../../index.js' */
/** @import { NativeOptions } from './native' */
/** @import { OriginRule } from './origins' */

/**
 * Owned by the room server, whose parts look at it when they need something: before the engine is made all of
 * it may be replaced, afterwards the functions alone.
 * @typedef {object} Settings
 * @property {Record<string, unknown>} given the options as they were, for comparing
 * @property {string} path
 * @property {boolean} debug
 * @property {number} maxClients
 * @property {OriginRule | null} originRule null: nobody looks at origins
 * @property {number} hookTimeoutMs
 * @property {((record: LogRecord) => void) | undefined} onLog
 * @property {LogRecord['level'] | undefined} logLevel
 * @property {NativeOptions} native
 */

const DEFAULT_PATH = '/wss'
const HOOK_TIMEOUT_MS = 30_000

/** The largest value that the engine's settings can take; also the longest timer that JavaScript has. */
const MAX = 2 ** 31 - 1

/** The largest message: hooks get it in a string, and with a few more bytes it has to be one that every Node can make. */
const MAX_MESSAGE = 2 ** 28

/** Numbers with their largest values. All are whole ones from 1. */
const NUMBERS = {
  helloTimeoutMs: MAX,
  heartbeatIntervalMs: MAX,
  hookTimeoutMs: MAX,
  maxHelloBytes: MAX_MESSAGE,
  maxMessageBytes: MAX_MESSAGE,
  maxBufferedBytes: MAX,
  pendingMessages: MAX,
  threads: 64,
  maxClients: MAX,
  maxClientsPerRoom: MAX,
  maxRooms: MAX,
  maxStateBytes: MAX,
  maxClientStateBytes: MAX,
  emptyRoomTtlMs: MAX,
  resumeMs: MAX,
  resumeBytes: MAX,
  maxDropped: MAX,
}

/** Those of them that may be Infinity, which is their default: no limit. */
const UNLIMITED = new Set([
  'maxClients',
  'maxClientsPerRoom',
  'maxRooms',
  'maxStateBytes',
  'maxClientStateBytes',
  'emptyRoomTtlMs',
])

/** Those that may be 0: no time limit at all; no sessions that can be resumed. */
const ZERO = new Set(['hookTimeoutMs', 'resumeMs'])

/** What it means that an option is missing, where it has a way to say so. @type {Record<string, unknown>} */
const DEFAULTS = {
  path: DEFAULT_PATH,
  hookTimeoutMs: HOOK_TIMEOUT_MS,
  allowedOrigins: false,
  logLevel: 'off',
  orderedChanges: false,
  compression: false,
  ...Object.fromEntries([...UNLIMITED].map((name) => [name, Infinity])),
}

/** The other options for the engine. */
const CHECKS = /** @type {Record<string, (given: any) => NativeOptions>} */ ({
  rate: readRate,
  orderedChanges: readOrder,
  compression: readCompression,
})

/**
 * @param {unknown} given settings, or only whether to print what happens
 * @returns {Settings}
 */
function readOptions(given) {
  const options = given === null || typeof given !== 'object' ? { debug: given } : given
  const { path, debug, allowedOrigins, onLog, logLevel, ...rest } = /** @type {Record<string, unknown>} */ (
    options
  )
  const { maxClients, hookTimeoutMs, ...native } = readRest(rest)
  return {
    given: { ...options },
    path: readPath(path),
    debug: !!debug,
    maxClients: maxClients ?? Infinity,
    originRule: originRule(allowedOrigins),
    hookTimeoutMs: hookTimeoutMs ?? HOOK_TIMEOUT_MS,
    onLog: readListener(onLog),
    logLevel: readLevel(logLevel),
    native,
  }
}

/**
 * @param {Record<string, unknown>} options
 * @returns {NativeOptions & { maxClients?: number, hookTimeoutMs?: number }}
 */
function readRest(options) {
  /** @type {Record<string, unknown>} */
  const read = {}
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined
    if (!check && !Object.hasOwn(NUMBERS, name)) throw new TypeError(`WSS: there is no option ${name}`)
    if (value === undefined) continue
    if (check) Object.assign(read, check(value))
    else if (isLimit(name, value)) read[name] = value
  }
  return read
}

/** @param {unknown} path */
function readPath(path = DEFAULT_PATH) {
  if (typeof path === 'string' && path.startsWith('/') && !path.includes('?')) return path
  throw new TypeError(`WSS: path must be a path like ${DEFAULT_PATH}, without a query`)
}

/** @param {unknown} listener */
function readListener(listener) {
  if (listener === undefined || typeof listener === 'function') return /** @type {any} */ (listener)
  throw new TypeError('WSS: onLog must be a function')
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {boolean} false for what means no limit
 */
function isLimit(name, value) {
  if (value === Infinity && UNLIMITED.has(name)) return false
  if (value === 0 && ZERO.has(name)) return true
  wholeNumber(name, value, NUMBERS[/** @type {keyof typeof NUMBERS} */ (name)])
  return true
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} max
 */
function wholeNumber(name, value, max) {
  if (typeof value !== 'number') throw new TypeError(`WSS: ${name} must be a number`)
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new RangeError(`WSS: ${name} must be a whole number from 1 to ${max}`)
  }
}

/** Payloads from so many bytes on are compressed: below, the time costs more than the bytes. */
const COMPRESS_FROM = 1024

/** @param {any} given */
function readCompression(given) {
  if (given === false) return {}
  if (given === true) return { compressFrom: COMPRESS_FROM }
  if (given === null || typeof given !== 'object') {
    throw new TypeError('WSS: compression must be a boolean or an object: { threshold }')
  }
  const { threshold = COMPRESS_FROM, ...rest } = given
  for (const name of Object.keys(rest)) throw new TypeError(`WSS: there is no option compression.${name}`)
  wholeNumber('compression.threshold', threshold, MAX)
  return { compressFrom: threshold }
}

/** @param {any} given */
function readRate(given) {
  if (given === null || typeof given !== 'object') {
    throw new TypeError('WSS: rate must be an object: { messagesPerSecond, burst }')
  }
  const { messagesPerSecond, burst, ...rest } = given
  for (const name of Object.keys(rest)) throw new TypeError(`WSS: there is no option rate.${name}`)
  if (typeof messagesPerSecond !== 'number')
    throw new TypeError('WSS: rate.messagesPerSecond must be a number')
  // Less than one a second is a rate too.
  if (!(messagesPerSecond > 0 && messagesPerSecond <= MAX)) {
    throw new RangeError(`WSS: rate.messagesPerSecond must be more than 0 and at most ${MAX}`)
  }
  if (burst !== undefined) wholeNumber('rate.burst', burst, MAX)
  return { rate: messagesPerSecond, burst }
}

/** @param {unknown} orderedChanges */
function readOrder(orderedChanges) {
  if (typeof orderedChanges === 'boolean') return { orderedChanges }
  throw new TypeError('WSS: orderedChanges must be true or false')
}

/**
 * @param {any} logLevel
 * @returns {LogRecord['level'] | undefined}
 */
function readLevel(logLevel = 'off') {
  if (logLevel === 'off') return undefined
  if (LEVELS.includes(logLevel)) return logLevel
  throw new TypeError(`WSS: logLevel must be off, ${LEVELS.join(', ')}`)
}

/**
 * The names of the options that differ between two settings. `debug` can be switched at any time, and of
 * functions nobody can tell whether they do the same.
 * @param {Settings} one
 * @param {Settings} other
 */
function differences({ given: one }, { given: other }) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  names.delete('debug')
  return [...names].filter((name) => !isDeepStrictEqual(comparable(one, name), comparable(other, name)))
}

/**
 * @param {Record<string, unknown>} options
 * @param {string} name
 */
function comparable(options, name) {
  const value = options[name] ?? DEFAULTS[name]
  // A listener may come and go; an origin check and a list are two ways to decide.
  if (name === 'onLog') return undefined
  return typeof value === 'function' ? 'a function' : value
}

exports.differences = differences
exports.readOptions = readOptions
exports.wholeNumber = wholeNumber
