'use strict'

/**
 * One life of a room. Owns its two live objects and the room object that the application holds: made here, or
 * one that the application has assigned, which becomes the room.
 */

const { ClientsView } = require('./clients-view')
const { readChanges } = require('./changes')
const { connectionNumber } = require('./connections')
const { textCommand } = require('./frames')
const { KvView } = require('./kv-view')
const { POWERS, ROOM } = require('./room-powers')
const { INSPECT, inspectLive, put } = require('./view')

/** @import { Bridge } from './bridge' */
/** @import { Changes } from './changes' */
/** @import { Connections } from './connections' */

class Room {
  /** What the application holds. @type {any} */
  object
  /** It has not been deleted. */
  live = true
  /** Its clients are being ejected. */
  closing = false
  /** What the application keeps with the room. @type {any} */
  data
  #bridge

  /**
   * @param {Bridge} bridge
   * @param {Connections} connections
   * @param {number} key
   * @param {string} id
   */
  constructor(bridge, connections, key, id) {
    this.#bridge = bridge
    this.key = key
    this.id = id
    this.state = new KvView(bridge, key)
    this.clients = new ClientsView(bridge, connections, key, id)
  }

  /**
   * Makes an object the room: what is done to it from now on is done to the room. Its other properties stay
   * as they are.
   * @param {object} object
   */
  become(object) {
    this.object = Object.defineProperties(object, FIELDS)
    this.data = this.object[ROOM]?.data ?? {}
    this.object[ROOM] = this
    // What the application's object has by these names it keeps.
    for (const [name, power] of POWERS) if (!(name in object)) Object.defineProperty(object, name, power)
    return this
  }

  /**
   * Sends a text to all clients.
   * @param {string} text
   * @param {unknown} skip id of one who isn't to get it
   */
  broadcast(text, skip) {
    if (!this.live) return
    if (text.includes('\n')) this.#sendEach(text, skip)
    else this.#bridge.write(`B ${this.key} ${connectionNumber(skip)} ${text}`)
    this.clients.broadcast(text, skip)
  }

  /**
   * Commands are lines: a text of several lines goes to each client.
   * @param {string} text
   * @param {unknown} skip
   */
  #sendEach(text, skip) {
    for (const { id, n } of this.clients.connections()) {
      if (id !== skip) this.#bridge.write(textCommand(n, text))
    }
  }

  /**
   * Changes the state and tells all members with one message.
   * @param {unknown} changes as the application gives them
   */
  update(changes) {
    const list = readChanges(changes, this.object.state)
    if (!this.live) return setAll(this.object.state, list)
    const json = this.state.announce(list)
    if (json !== '') this.clients.broadcast(`{"type":3,"roomChanges":${json},"updateClients":{}}`, null)
  }

  counts() {
    if (this.live) return this.clients.count()
    const clients = Object.values(this.object.clients)
    return { clients: clients.length, readonly: clients.filter(({ readonly }) => readonly).length }
  }

  /** Commands in the log may change anything in the room: the next look asks the engine. */
  expire() {
    this.clients.expire()
    this.state.expire()
  }

  /** The room is about to be deleted: its object keeps what it has now and is an ordinary one. */
  detach() {
    const [clients, state] = [this.clients.detach(), this.state.detach()]
    Object.defineProperties(this.object, { clients: plain(clients), state: plain(state) })
    this.live = false
    delete this.object[INSPECT]
  }
}

/** One table for all rooms. @type {PropertyDescriptorMap} */
const FIELDS = {
  clients: {
    enumerable: true,
    configurable: true,
    /** @this {any} */
    get() {
      return this[ROOM].clients.proxy
    },
    /** @this {any} @param {unknown} clients */
    set(clients) {
      this[ROOM].clients.replace(clients)
    },
  },
  state: {
    enumerable: true,
    configurable: true,
    /** @this {any} */
    get() {
      return this[ROOM].state.proxy
    },
    /** @this {any} @param {unknown} state */
    set(state) {
      this[ROOM].state.replace(state)
    },
  },
  [ROOM]: { writable: true, configurable: true },
  [INSPECT]: { value: inspectLive, configurable: true },
}

/** @param {unknown} value */
function plain(value) {
  return { value, writable: true, enumerable: true, configurable: true }
}

/**
 * @param {any} object
 * @returns {Room | undefined} the room that the object is
 */
function roomOf(object) {
  const room = object?.[ROOM]
  return room?.live ? room : undefined
}

/**
 * The same to a state that is nobody's any more.
 * @param {any} state
 * @param {Changes} changes
 */
function setAll(state, changes) {
  for (const [key, value] of changes) {
    if (value === undefined) delete state[key]
    else put(state, key, value)
  }
}

exports.Room = Room
exports.roomOf = roomOf
