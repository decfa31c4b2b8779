'use strict'

/**
 * The clients in a room as a live object. Owns JavaScript's list of them, in the order of joining, and the
 * clients that the application has put in by hand: objects with a `ws.send` of their own, which the engine
 * knows nothing of.
 */

const { Client } = require('./client')
const { clientOf } = require('./client-info')
const { EXPIRED, View } = require('./view')

/** @import { Bridge } from './bridge' */
/** @import { Connection, Connections } from './connections' */

/**
 * What can be written on a client through its id: `room.clients[id] = { ...room.clients[id], clientName: 'x'
 * }`.
 */
const WRITABLE = /** @type {const} */ (['readonly', 'clientType', 'clientName', 'clientState'])

class ClientsView extends View {
  #bridge
  #connections
  #key
  #room
  /** The version at which the list was made; EXPIRED: the log may hold changes of it. */
  #seen = EXPIRED
  #live = true
  /** Ids of the clients put in by hand. @type {Set<string>} */
  #handmade = new Set()

  /**
   * @param {Bridge} bridge
   * @param {Connections} connections
   * @param {number} key the room's
   * @param {string} room its id
   */
  constructor(bridge, connections, key, room) {
    super()
    this.#bridge = bridge
    this.#connections = connections
    this.#key = key
    this.#room = room
  }

  /** @override @param {any} held */
  shown(held) {
    return held instanceof Client ? held.info : held
  }

  /** @override */
  sync() {
    if (this.#seen !== this.#bridge.version && this.#live) this.#refresh()
  }

  #refresh() {
    if (this.#seen === EXPIRED) this.#bridge.run()
    const native = this.#bridge.reading()
    this.#seen = this.#bridge.version
    while (this.#take(native.syncClients(this.#key)));
  }

  /** @param {string} text news @returns {boolean} whether there are more */
  #take(text) {
    if (text === '') return false
    const { full, clients = [], gone = [], more } = JSON.parse(text)
    if (full) for (const id of Object.keys(this.target)) this.#drop(id)
    for (const n of gone) this.#drop(`connection:${n}`)
    for (const [n, data] of clients) this.#list(this.#connections.discover(n), data)
    return more === true
  }

  /**
   * @param {Connection} connection
   * @param {any} data
   */
  #list(connection, data) {
    const client = this.member(connection)
    client.update(data)
    this.target[connection.id] = client
  }

  /** @param {string} id */
  #drop(id) {
    const held = this.target[id]
    if (!(held instanceof Client)) return
    delete this.target[id]
    held.list = null
  }

  /** A command in the log changes a client: the next look asks the engine. */
  expire() {
    this.#seen = EXPIRED
  }

  /**
   * The client on a connection of which the engine says that it is in this room.
   * @param {Connection} connection
   */
  member(connection) {
    const client = connection.asClient()
    client.list = this
    connection.lastRoom = this.#room
    return client
  }

  /**
   * @param {string} id
   * @returns {Client | undefined} the client in the room, not one put in by hand
   */
  find(id) {
    this.sync()
    const held = Object.hasOwn(this.target, id) ? this.target[id] : undefined
    return held instanceof Client ? held : undefined
  }

  /** Of all clients that the engine knows. */
  connections() {
    this.sync()
    const clients = Object.values(this.target).filter((held) => held instanceof Client)
    return clients.map((client) => client.connection)
  }

  /** How many are in the room, and how many of them only watch. */
  count() {
    this.sync()
    const all = Object.values(this.target)
    return { clients: all.length, readonly: all.filter((held) => held.readonly).length }
  }

  /** The engine has let the client leave: this list need not be told. @param {Connection} connection */
  forget(connection) {
    this.#drop(connection.id)
  }

  /**
   * @override
   * @param {string} id
   * @param {any} value
   */
  write(id, value) {
    if (value === null || value === undefined) return this.remove(id)
    this.sync()
    const held = this.target[id]
    if (!(held instanceof Client)) this.#add(id, value)
    else if (held !== clientOf(value)) {
      for (const name of WRITABLE) if (name in value) held.info[name] = value[name]
    }
  }

  /**
   * @param {string} id
   * @param {any} value
   */
  #add(id, value) {
    this.target[id] = value
    this.#handmade.add(id)
  }

  /** Taken out silently, as the original: the connection stays. @override @param {string} id */
  remove(id) {
    this.sync()
    if (this.#handmade.delete(id)) delete this.target[id]
    const held = this.target[id]
    if (!(held instanceof Client)) return
    this.#drop(id)
    if (this.#live) this.#bridge.write(`R ${this.#key} ${held.connection.n}`)
  }

  /** `room.clients = …`: those who are not in it are taken out. @param {unknown} clients */
  replace(clients) {
    if (clients === this.proxy) return
    this.sync()
    const { members, handmade } = sortClients(clients, this)
    const staying = new Set(members.map((client) => client.connection.id))
    for (const id of Object.keys(this.target)) if (!staying.has(id)) this.remove(id)
    this.adopt(handmade)
  }

  /** Takes clients of the application's making over. @param {[id: string, value: any][]} handmade */
  adopt(handmade) {
    for (const [id, value] of handmade) this.#add(id, value)
  }

  /**
   * Sends to the clients of the application's making only.
   * @param {string} text
   * @param {unknown} skip
   */
  broadcast(text, skip) {
    for (const id of this.#handmade) if (id !== skip) this.target[id].ws.send(text)
  }

  /**
   * The room is gone: from now on this is the application's own object.
   * @returns {object} it, without the proxy
   */
  detach() {
    this.sync()
    this.#live = false
    for (const [id, held] of Object.entries(this.target)) {
      if (!(held instanceof Client)) continue
      held.list = null
      this.target[id] = held.info
    }
    return Object.setPrototypeOf(this.target, Object.prototype)
  }
}

/**
 * Looks through clients that the application has put together.
 * @param {any} clients
 * @param {ClientsView | undefined} list
 * @returns {{ members: Client[], handmade: [id: string, value: any][] }} those of the list, and those of the
 *   application's making
 */
function sortClients(clients, list) {
  const entries = Object.entries(clients ?? {})
  const members = entries.map(([, value]) => clientOf(value)).filter((client) => client !== undefined)
  return {
    members: members.filter((client) => list !== undefined && client.list === list),
    handmade: entries.filter(([, value]) => value && !clientOf(value)),
  }
}

exports.ClientsView = ClientsView
exports.sortClients = sortClients
