'use strict'

/**
 * The state of a room as a live object. Owns JavaScript's copy of it: reads are answered from the copy, which
 * is brought up to date when JavaScript looks for the first time in a turn; writes go to the copy and into
 * the log.
 */

const { EXPIRED, View, put } = require('./view')

/** @import { Bridge } from './bridge' */
/** @import { Changes } from './changes' */

class KvView extends View {
  #bridge
  #key
  /** The version at which the copy was made; EXPIRED: the log may hold changes of it. */
  #seen = EXPIRED
  #live = true

  /**
   * @param {Bridge} bridge
   * @param {number} key the room's
   */
  constructor(bridge, key) {
    super()
    this.#bridge = bridge
    this.#key = key
  }

  /** @override */
  sync() {
    if (this.#seen !== this.#bridge.version && this.#live) this.#refresh()
  }

  #refresh() {
    if (this.#seen === EXPIRED) this.#bridge.run()
    const native = this.#bridge.reading()
    this.#seen = this.#bridge.version
    while (this.#take(native.syncState(this.#key)));
  }

  /** @param {string} text news @returns {boolean} whether there are more */
  #take(text) {
    if (text === '') return false
    const { full, state, more } = JSON.parse(text)
    if (full) this.#clear()
    for (const [key, value] of state) this.target[key] = value
    return more === true
  }

  #clear() {
    for (const key of Object.keys(this.target)) delete this.target[key]
  }

  /** A command in the log changes the state: the next look asks the engine. */
  expire() {
    this.#seen = EXPIRED
  }

  /**
   * The log holds changes that the engine is certain to make. The copy makes them too, so that the next look
   * need not run the log.
   * @param {any} changes as a hook gave them
   */
  commit(changes) {
    const current = this.#seen === this.#bridge.version || !this.#live
    if (!current || !Array.isArray(changes) || !changes.every(isStringSet)) return this.expire()
    for (const { key, value } of changes) put(this.target, key, value)
  }

  /**
   * Not announced, as the original. What JSON has no word for (undefined, a function) is a key whose value is
   * undefined.
   * @override
   * @param {string} key
   * @param {unknown} value
   */
  write(key, value) {
    const json = JSON.stringify(value)
    // First what the engine has, so that a new key comes behind it.
    this.sync()
    put(this.target, key, value)
    if (this.#live) this.#bridge.write(writeCommand(this.#key, key, json))
  }

  /** @override @param {string} key */
  remove(key) {
    this.sync()
    if (!Object.hasOwn(this.target, key)) return
    delete this.target[key]
    if (this.#live) this.#bridge.write(`X ${this.#key} ${JSON.stringify(key)}`)
  }

  /**
   * Sets keys, deletes those without a value, and tells all members: one step.
   * @param {Changes} changes one for each key
   * @returns {string} what there was to tell, as JSON; '' where nothing has changed
   */
  announce(changes) {
    this.sync()
    const real = changes.filter(([key, value]) => value !== undefined || Object.hasOwn(this.target, key))
    if (real.length === 0) return ''
    const json = JSON.stringify(real.map(([key, value]) => ({ key, value })))
    this.#bridge.write(`N ${this.#key} ${json}`)
    for (const [key, value] of real) {
      if (value === undefined) this.remove(key)
      else put(this.target, key, value)
    }
    return json
  }

  /** `room.state = …` @param {unknown} given */
  replace(given) {
    if (given === this.proxy) return
    const { state, json, rest } = textOf(given)
    this.#clear()
    for (const key of Object.keys(state)) put(this.target, key, state[key])
    if (!this.#live) return
    if (this.#seen !== this.#bridge.version) this.expire()
    this.#bridge.write(`Z ${this.#key} ${json}`)
    this.tell(rest)
  }

  /**
   * Tells the engine what the JSON of a whole state could not.
   * @param {[key: string, value: unknown][]} entries
   */
  tell(entries) {
    for (const [key, value] of entries) {
      this.#bridge.write(writeCommand(this.#key, key, JSON.stringify(value)))
    }
  }

  /**
   * The room is gone: from now on this is the application's own object.
   * @returns {object} it, without the proxy
   */
  detach() {
    this.sync()
    this.#live = false
    return Object.setPrototypeOf(this.target, Object.prototype)
  }
}

/**
 * @param {number} room
 * @param {string} key
 * @param {string | undefined} json
 */
function writeCommand(room, key, json) {
  const command = `W ${room} ${JSON.stringify(key)}`
  return json === undefined ? command : `${command} ${json}`
}

/**
 * A whole state, as the application gives it. JSON has no word for undefined, yet such a key has its place
 * among the others: from the first one on, entries have to be told one by one.
 * @param {unknown} given
 * @returns {{ state: Record<string, unknown>, json: string, rest: [key: string, value: unknown][] }}
 */
function textOf(given) {
  /** @type {Record<string, unknown>} */
  const state = typeof given === 'object' ? { ...given } : {}
  const entries = Object.entries(state)
  const first = entries.findIndex(([, value]) => isUnsaid(value))
  if (first < 0) return { state, json: JSON.stringify(state), rest: [] }
  return {
    state,
    json: JSON.stringify(Object.fromEntries(entries.slice(0, first))),
    rest: entries.slice(first),
  }
}

/** Whether it comes back from the engine as it is. @param {any} entry of changes */
function isStringSet(entry) {
  return typeof entry?.key === 'string' && (typeof entry.value === 'string' || entry.value === undefined)
}

/** Whether JSON has no word for it. @param {unknown} value */
function isUnsaid(value) {
  return value === undefined || typeof value === 'function' || typeof value === 'symbol'
}

exports.KvView = KvView
exports.textOf = textOf
