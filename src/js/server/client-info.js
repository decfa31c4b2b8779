'use strict'

/**
 * One client as hooks see it. Owns its record, which follows the engine's, and the object that the application holds: the same for as
 * long as the connection lives.
 */

const { INSPECT, inspectLive, put } = require('./view')

/** @import { Bridge } from './bridge' */
/** @import { Connection } from './connections' */

/** Where the application's object keeps its client. */
const CLIENT = Symbol('client')

class Client {
  /** The list that the client is in. Set by that list when it finds or loses the client. @type {{ sync(): void } | null} */
  list = null
  /** @type {any} */
  clientType
  /** @type {any} */
  clientName
  /** @type {any} */
  readonly
  /** The engine would let it change the room, as far as is known. */
  #writer = false
  /** The application has written `readonly`, which changes what others see and not what the client may do. */
  #overruled = false
  /** The application's own object: changed in place, never exchanged for another by the engine's doing. @type {any} */
  #state
  /** JSON of the state as the engine knows it, while the application may be changing it. @type {string | undefined} */
  #known
  /** @type {any} */
  #info
  #bridge

  /**
   * @param {Bridge} bridge
   * @param {Connection} connection
   */
  constructor(bridge, connection) {
    this.#bridge = bridge
    this.connection = connection
  }

  /** Whether it is certain that the engine lets it change the room. */
  get isWriter() {
    return this.#writer
  }

  /** The application's object. */
  get info() {
    this.#info ??= makeInfo(this)
    return this.#info
  }

  /**
   * The hello hook has let the client in; what it returned is the client's state from now on.
   * @param {{ clientType: unknown, clientName: unknown, readonly: unknown, clientState: object }} result
   */
  admit({ clientType, clientName, readonly, clientState }) {
    this.clientType = clientType
    this.clientName = clientName
    this.readonly = readonly
    this.#writer = !readonly
    this.#state = clientState
  }

  /** What the engine says about the client. @param {any} data */
  update({ clientType, clientName, readonly, clientState }) {
    this.clientType = clientType
    this.clientName = clientName
    this.readonly = readonly
    this.#writer = !readonly && !this.#overruled
    this.#state ??= {}
    try {
      merge(this.#state, clientState)
    } catch {
      // Frozen, or with setters that throw: it can't follow.
      this.#state = clientState
    }
    this.#sayKnown()
  }

  /**
   * Changes that a hook has let through, applied here as the engine will apply them: whoever holds the state sees them, and what is
   * written into it next is added to them.
   * @param {{ key: string, value?: unknown }[]} changes
   */
  commit(changes) {
    if (this.#state === undefined) return
    try {
      for (const { key, value } of changes) put(this.#state, key, value)
    } catch {
      // Either the engine refuses these changes too, or the next update replaces the state.
    }
    this.#sayKnown()
  }

  /** The state is as the engine has it. */
  #sayKnown() {
    if (this.#known !== undefined) this.#known = textOf(this.#state)
  }

  /** The state, for the application: from now until the next flush it may be changing it without our being told. */
  get state() {
    this.list?.sync()
    if (this.#known === undefined) {
      this.#known = textOf(this.#state)
      this.#bridge.watch(this)
    }
    return this.#state
  }

  set state(value) {
    this.#state = value
    this.#sayKnown()
    this.#bridge.write(`I ${this.connection.n} {"clientState":${textOf(value)}}`)
  }

  /** @returns {string} what the application has changed in the state, as a command */
  news() {
    const text = textOf(this.#state)
    if (text === this.#known) return ''
    this.#known = text
    return `I ${this.connection.n} {"clientState":${text}}`
  }

  /** The flush is done. */
  released() {
    this.#known = undefined
  }

  /**
   * @param {'clientType' | 'clientName' | 'readonly'} name
   * @returns {unknown}
   */
  read(name) {
    this.list?.sync()
    return this[name]
  }

  /**
   * @param {'clientType' | 'clientName' | 'readonly'} name
   * @param {unknown} value
   */
  write(name, value) {
    const json = JSON.stringify(value)
    this[name] = value
    if (name === 'readonly') this.#overruled = true
    const change = json === undefined ? `{"unset":["${name}"]}` : `{"${name}":${json}}`
    this.#bridge.write(`I ${this.connection.n} ${change}`)
  }
}

/**
 * Makes a state like the engine's, in place.
 * @param {any} state
 * @param {any} now
 */
function merge(state, now) {
  for (const key of Object.keys(now)) {
    if (!Object.hasOwn(state, key) || !isSame(state[key], now[key])) put(state, key, now[key])
  }
  for (const key of Object.keys(state)) {
    // The engine forgets no key: one without a value is undefined.
    if (!Object.hasOwn(now, key) && JSON.stringify(state[key]) !== undefined) put(state, key, undefined)
  }
}

/**
 * Whether the engine's value is the application's: objects are compared as JSON, and kept.
 * @param {unknown} mine
 * @param {unknown} theirs
 */
function isSame(mine, theirs) {
  if (mine === theirs) return true
  return typeof mine === 'object' && mine !== null && JSON.stringify(mine) === JSON.stringify(theirs)
}

/** JSON of a state; what can't be written as JSON can't be told to anybody. @param {unknown} state */
function textOf(state) {
  try {
    const text = JSON.stringify(state)
    return text?.startsWith('{') ? text : '{}'
  } catch {
    return '{}'
  }
}

// --- the application's object ---

/** @param {'clientType' | 'clientName' | 'readonly'} name */
function field(name) {
  return {
    enumerable: true,
    configurable: true,
    /** @this {any} */
    get() {
      return this[CLIENT].read(name)
    },
    /** @this {any} @param {unknown} value */
    set(value) {
      this[CLIENT].write(name, value)
    },
  }
}

/** One table for all clients: own properties in the original's order, over the record. @type {PropertyDescriptorMap} */
const FIELDS = {
  ws: {
    enumerable: true,
    configurable: true,
    /** @this {any} */
    get() {
      return this[CLIENT].connection.socket
    },
  },
  readonly: field('readonly'),
  clientType: field('clientType'),
  clientName: field('clientName'),
  clientState: {
    enumerable: true,
    configurable: true,
    /** @this {any} */
    get() {
      return this[CLIENT].state
    },
    /** @this {any} @param {unknown} value */
    set(value) {
      this[CLIENT].state = value
    },
  },
  [CLIENT]: { writable: true },
  [INSPECT]: { value: inspectLive },
}

/** @param {Client} client */
function makeInfo(client) {
  /** @type {any} */
  const info = Object.defineProperties({}, FIELDS)
  info[CLIENT] = client
  return info
}

/**
 * @param {any} info
 * @returns {Client | undefined} the client whose object this is
 */
function clientOf(info) {
  return info?.[CLIENT]
}

exports.Client = Client
exports.clientOf = clientOf
