'use strict'

/**
 * One client in a room. Owns its record, which follows the engine's, and the application's two objects for
 * it, the same for as long as the connection lives: its info and its state. The state is an ordinary object
 * that the application changes without telling: so it is compared with what the engine knows whenever that
 * matters.
 */

const { makeInfo } = require('./client-info')
const { textCommand } = require('./frames')
const { textOfMessage } = require('./powers')
const { put } = require('./view')

/** @import { Bridge } from './bridge' */
/** @import { Connection } from './connections' */

class Client {
  /**
   * The list that the client is in. Set by that list when it finds or loses the client.
   * @type {{ sync(): void, expire(): void } | null}
   */
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
  /**
   * The application's own object: changed in place, never exchanged for another by the engine's doing.
   * @type {any}
   */
  #state
  /**
   * JSON of the state as the engine knows it, once the application has had the state in its hands.
   * @type {string | undefined}
   */
  #known
  /** What the application keeps with the client. @type {any} */
  data = {}
  /** The application has read the state from here: hooks may hold it while they wait. */
  #lent = false
  /** The bridge looks for changes before each run until the next flush. */
  #watched = false
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
    this.#known = textOf(clientState)
  }

  // --- the state ---

  /** What the engine says about the client. @param {any} data */
  update({ clientType, clientName, readonly, clientState }) {
    this.clientType = clientType
    this.clientName = clientName
    this.readonly = readonly
    this.#writer = !readonly && !this.#overruled
    const mine = this.#changes()
    this.#state ??= {}
    try {
      merge(this.#state, clientState)
      for (const key of mine.gone) delete this.#state[key]
      for (const [key, value] of mine.set) put(this.#state, key, value)
    } catch {
      // Frozen, or with setters that throw: it can't follow.
      this.#state = clientState
    }
    if (this.#known === undefined) return
    this.#known = JSON.stringify(clientState)
    this.#tellNews()
  }

  /**
   * What the application has changed in the state since the engine was told of it.
   * @returns {{ set: [key: string, value: unknown][], gone: string[] }}
   */
  #changes() {
    if (this.#known === undefined || textOf(this.#state) === this.#known) return { set: [], gone: [] }
    const [known, state] = [JSON.parse(this.#known), this.#state ?? {}]
    const isNew = (/** @type {string} */ key) => !Object.hasOwn(known, key) || !isSame(state[key], known[key])
    return {
      set: Object.entries(state).filter(([key]) => isNew(key)),
      gone: Object.keys(known).filter((key) => !Object.hasOwn(state, key)),
    }
  }

  /**
   * Changes that a hook has let through, applied here as the engine will apply them: whoever holds the state
   * sees them, and what is written into it next is added to them.
   * @param {any} changes as the hook gave them; what isn't a list of changes the engine refuses
   */
  commit(changes) {
    if (this.#state === undefined || !Array.isArray(changes) || !changes.every(isSet)) return
    try {
      for (const { key, value } of changes) put(this.#state, key, value)
    } catch {
      // Frozen, or with setters that throw: the next update replaces it.
    }
    if (this.#known !== undefined) this.#known = textOf(this.#state)
  }

  /** The state, for the application: it may change it from now on without our being told. */
  get state() {
    this.list?.sync()
    if (this.#watched) return this.#state
    if (this.#known === undefined) this.#known = textOf(this.#state)
    else this.#tellNews()
    this.#lent = this.#watched = true
    this.#bridge.watch(this)
    return this.#state
  }

  set state(value) {
    this.#state = value
    if (this.#known !== undefined) this.#known = textOf(value)
    this.#tell(`{"clientState":${textOf(value)}}`)
  }

  /**
   * A hook that was given the client is done: it may have held the state while it waited, and written into
   * it.
   */
  settle() {
    if (!this.#lent || this.#watched || textOf(this.#state) === this.#known) return
    this.list?.sync()
    this.#tellNews()
  }

  #tellNews() {
    const news = this.news()
    if (news !== '') this.#bridge.write(news)
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
    this.#watched = false
  }

  // --- messages ---

  /** Where they are sent to nobody, nothing happens. @param {unknown} message */
  send(message) {
    const text = textOfMessage(message)
    if (!this.connection.closed) this.#bridge.write(textCommand(this.connection.n, text))
  }

  // --- the other fields ---

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
    this.#tell(change)
  }

  /** @param {string} change */
  #tell(change) {
    this.#bridge.write(`I ${this.connection.n} ${change}`)
    this.list?.expire()
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

/** @param {any} entry */
function isSet(entry) {
  return typeof entry?.key === 'string'
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

exports.Client = Client
