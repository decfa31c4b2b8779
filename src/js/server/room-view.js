'use strict'

/**
 * One life of a room. Owns its two live objects and the room object that the application holds: made here, or
 * one that the application has assigned, which becomes the room.
 */

const { ClientsView } = require('./clients-view')
const { connectionNumber } = require('./connections')
const { KvView } = require('./kv-view')
const { INSPECT, inspectLive } = require('./view')

/** @import { Bridge } from './bridge' */
/** @import { Connections } from './connections' */

/** Where the application's object keeps its room. Not enumerable, so a copy is a copy and no room. */
const ROOM = Symbol('room')

class Room {
  /** What the application holds. @type {any} */
  object
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
    this.object[ROOM] = this
    return this
  }

  /**
   * Sends a text to all clients.
   * @param {string} text
   * @param {unknown} skip id of one who isn't to get it
   */
  broadcast(text, skip) {
    this.#bridge.write(`B ${this.key} ${connectionNumber(skip)} ${text}`)
    this.clients.broadcast(text, skip)
  }

  /** The room is about to be deleted: its object keeps what it has now and is an ordinary one. */
  detach() {
    const [clients, state] = [this.clients.detach(), this.state.detach()]
    Object.defineProperties(this.object, { clients: plain(clients), state: plain(state) })
    delete this.object[ROOM]
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
  return object?.[ROOM]
}

exports.Room = Room
exports.roomOf = roomOf
