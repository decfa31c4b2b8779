'use strict'

/**
 * The rooms as a live object. Owns which rooms JavaScript knows: a room is met once and keeps its object
 * until JavaScript deletes it (nobody else does). What JavaScript has not met, and what there is at all, the
 * engine is asked.
 */

const { sortClients } = require('./clients-view')
const { textOf } = require('./kv-view')
const { Room, roomOf } = require('./room-view')
const { View } = require('./view')

/** @import { Bridge } from './bridge' */
/** @import { Connections } from './connections' */

class RoomsView extends View {
  #bridge
  #connections
  /** @type {Map<string, Room>} */
  #byId = new Map()
  /** @type {Map<number, Room>} */
  #byKey = new Map()

  /**
   * @param {Bridge} bridge
   * @param {Connections} connections
   */
  constructor(bridge, connections) {
    super()
    this.#bridge = bridge
    this.#connections = connections
  }

  // --- what there is ---

  /** @param {string} id @returns {Room | undefined} */
  open(id) {
    const known = this.#byId.get(id)
    if (known) return known
    const key = this.#bridge.reading().openRoom(JSON.stringify(id))
    return key === 0 ? undefined : this.#meet(key, id)
  }

  /**
   * The room of an event. It may have been deleted since the engine wrote the event; a client that was kept
   * when its room was replaced is in the new one.
   * @param {number} key
   * @param {number} n the connection that the event is about
   * @returns {Room | undefined}
   */
  ofEvent(key, n) {
    const known = this.#byKey.get(key)
    if (known) return known
    this.#bridge.run()
    const id = this.#bridge.native.roomOf(n)
    if (id !== '') return this.open(JSON.parse(id))
    this.#list()
    return this.#byKey.get(key)
  }

  /**
   * The room of an event that names it. It may have been deleted since, or replaced.
   * @param {number} key
   * @param {string} id
   * @returns {Room | undefined}
   */
  ofKey(key, id) {
    const room = this.#byKey.get(key) ?? this.open(id)
    return room?.key === key ? room : undefined
  }

  /** @returns {Room[]} all, in the order of creation */
  #list() {
    /** @type {[key: number, id: string][]} */
    const rooms = JSON.parse(this.#bridge.reading().rooms())
    return rooms.map(([key, id]) => this.#meet(key, id))
  }

  /**
   * @param {number} key
   * @param {string} id
   */
  #meet(key, id) {
    return (
      this.#byKey.get(key) ??
      this.#know(this.#room(key, id).become({ id, clients: undefined, state: undefined }))
    )
  }

  /**
   * @param {number} key
   * @param {string} id
   */
  #room(key, id) {
    return new Room(this.#bridge, this.#connections, key, id)
  }

  /** @param {Room} room */
  #know(room) {
    this.#byKey.set(room.key, room)
    this.#byId.set(room.id, room)
    return room
  }

  // --- the traps: the target holds nothing ---

  /**
   * @override
   * @param {any} target
   * @param {string | symbol} id
   */
  get(target, id) {
    return typeof id === 'symbol' ? target[id] : this.open(id)?.object
  }

  /**
   * @override
   * @param {any} _target
   * @param {string | symbol} id
   */
  has(_target, id) {
    return typeof id === 'string' && this.open(id) !== undefined
  }

  /** @override */
  ownKeys() {
    // An object's own order: ids that look like array indexes come first.
    return Reflect.ownKeys(Object.fromEntries(this.#list().map((room) => [room.id, true])))
  }

  /**
   * @override
   * @param {any} _target
   * @param {string | symbol} id
   * @returns {PropertyDescriptor | undefined}
   */
  getOwnPropertyDescriptor(_target, id) {
    const value = typeof id === 'string' ? this.open(id)?.object : undefined
    return value && { value, writable: true, enumerable: true, configurable: true }
  }

  // --- what the application does ---

  /**
   * `rooms[id] = object`: the object becomes the room, in place of the one that has the id.
   * @override
   * @param {string} id
   * @param {any} object
   */
  write(id, object) {
    if (object === null || object === undefined) return this.remove(id)
    if (typeof object !== 'object') throw new TypeError('a room must be an object: { id, clients, state }')
    const old = this.open(id)
    const present = roomOf(object)
    if (present && present === old) return
    if (present) this.#free(present)
    this.#replace(id, old, object)
  }

  /**
   * @param {string} id
   * @param {Room | undefined} old
   * @param {any} object
   */
  #replace(id, old, object) {
    const { members, handmade } = sortClients(object.clients, old?.clients)
    const keep = members.map((client) => client.connection.n)
    const { json, rest } = textOf(object.state)
    // The old object takes its last look before the engine forgets the room.
    if (old) this.#forget(old)
    // What was done to the old room, or sent to it, comes before its end.
    this.#bridge.run()
    const room = this.#room(this.#bridge.reading().createRoom(JSON.stringify(id), json, keep), id)
    room.state.tell(rest)
    room.clients.adopt(handmade)
    this.#know(room.become(object))
  }

  /** An object can be one room only: makes it an ordinary one. @param {Room} room */
  #free(room) {
    if (this.#byKey.get(room.key) !== room) throw new Error('the object is a room of another WSS')
    this.#delete(room)
  }

  /** Deleted silently: clients in it stay connected, in no room. @override @param {string} id */
  remove(id) {
    const room = this.open(id)
    if (room) this.#delete(room)
  }

  /** @param {Room} room */
  #delete(room) {
    this.discard(room, `D ${room.key}`)
  }

  /**
   * @param {Room} room
   * @param {string} command by which the engine deletes it
   */
  discard(room, command) {
    if (!room.live) return
    this.#forget(room)
    this.#bridge.write(command)
    this.#bridge.invalidate()
  }

  /** @param {Room} room */
  #forget(room) {
    room.detach()
    this.#byKey.delete(room.key)
    this.#byId.delete(room.id)
  }

  /** `wss.rooms = …`: what is not in it is deleted. @param {any} rooms */
  replace(rooms) {
    if (rooms === this.proxy) return
    const given = Object.entries(rooms ?? {})
    const ids = new Set(given.map(([id]) => id))
    for (const room of this.#list()) if (!ids.has(room.id)) this.#delete(room)
    for (const [id, object] of given) this.write(id, object)
  }
}

exports.RoomsView = RoomsView
