'use strict'

/**
 * The connections that JavaScript has met: by an event that named them, or in a room that it has looked at.
 * Owns the record of each, from then until its end is reported. Those that JavaScript never meets cost
 * nothing here.
 */

const { Asking } = require('./asking')
const { Client } = require('./client')
const { SocketView } = require('./socket-view')
const { CLOSED, DROPPED } = require('./status')

/** @import { RequestOptions } from '../../../index.js' */
/** @import { Bridge } from './bridge' */

/** One connection. */
class Connection {
  /** See {@link asClient}. @type {Client | null} */
  client = null
  /** The application has closed it, or it is being refused: what it sent before is not heard any more. */
  ending = false
  /** Its end has been reported. */
  closed = false
  /** The room that it entered last, as far as JavaScript has been told. @type {string | undefined} */
  lastRoom
  /** @type {SocketView | undefined} */
  #socket
  /** @type {Asking | undefined} */
  #asking
  #bridge
  #all

  /**
   * @param {Bridge} bridge
   * @param {Connections} all
   * @param {number} n
   */
  constructor(bridge, all, n) {
    this.#bridge = bridge
    this.#all = all
    this.n = n
    this.id = `connection:${n}`
  }

  /** The client that it is in a room; stays one when it has left. */
  asClient() {
    this.client ??= new Client(this.#bridge, this)
    return this.client
  }

  /** What the engine says about it (see status.js), with what the application has done before. */
  get bits() {
    if (this.closed) return CLOSED
    this.#bridge.run()
    return this.#bridge.native.status(this.n)
  }

  /** Whether what is sent to it now goes out, and is not kept until it comes back. */
  get connected() {
    return !this.closed && !this.ending && (this.bits & DROPPED) === 0
  }

  /** It goes on with another connection. */
  renew() {
    this.#socket?.renew()
  }

  /** Its socket as the application sees it, made when it is first asked for. */
  get socket() {
    this.#socket ??= new SocketView(this.#bridge, this)
    return this.#socket
  }

  /** What the application asks of the client. */
  get asking() {
    this.#asking ??= new Asking(this.#bridge, this.n)
    return this.#asking
  }

  /**
   * @param {string} action
   * @param {string} [data]
   * @param {RequestOptions} [options]
   */
  request(action, data, options) {
    const answer = this.asking.ask(action, data, options)
    // It may be about to close: then it is not heard any more.
    if (this.ending || this.closed) this.asking.end()
    return answer
  }

  /** Nothing is heard of the client from now on. */
  end() {
    this.ending = true
    this.#asking?.end()
  }

  /** @param {string} [msg] */
  eject(msg) {
    const room = this.closed ? undefined : this.currentRoom
    return room !== undefined && this.#all.eject(room, this.id, msg)
  }

  /** Id of the room that it is in, or was in last. @returns {string | undefined} */
  get currentRoom() {
    if (this.closed) return this.lastRoom
    this.#bridge.run()
    const id = this.#bridge.native.roomOf(this.n)
    return id === '' ? this.lastRoom : JSON.parse(id)
  }

  /**
   * Tells those who listen, if the application has the socket at all.
   * @param {string} event
   * @param {...unknown} args
   */
  emit(event, ...args) {
    this.#socket?.emit(event, ...args)
  }
}

class Connections {
  /** @type {Map<number, Connection>} */
  #byNumber = new Map()
  #bridge

  /**
   * Set by the owner of leaves: ejects a client.
   * @type {(roomId: string, clientId: string, msg?: string) => boolean}
   */
  eject = () => false

  /** @param {Bridge} bridge */
  constructor(bridge) {
    this.#bridge = bridge
  }

  /** @param {number} n */
  find(n) {
    return this.#byNumber.get(n)
  }

  /** For a connection that an event named: the engine will report its end. @param {number} n */
  meet(n) {
    return this.#byNumber.get(n) ?? this.#add(n)
  }

  /** For a connection that a room lists: the engine is asked to report its end. @param {number} n */
  discover(n) {
    const known = this.#byNumber.get(n)
    if (known) return known
    this.#bridge.native.watch(n, false)
    return this.#add(n)
  }

  /** Its end has been reported and dealt with. @param {number} n */
  forget(n) {
    this.#byNumber.delete(n)
  }

  /** @param {number} n */
  #add(n) {
    const connection = new Connection(this.#bridge, this, n)
    this.#byNumber.set(n, connection)
    return connection
  }
}

/**
 * @param {unknown} id
 * @returns {number} the number in `connection:<n>`, 0 where it is no such id
 */
function connectionNumber(id) {
  const match = typeof id === 'string' ? /^connection:([1-9]\d{0,14})$/.exec(id) : null
  return match ? Number(match[1]) : 0
}

exports.Connection = Connection
exports.Connections = Connections
exports.connectionNumber = connectionNumber
