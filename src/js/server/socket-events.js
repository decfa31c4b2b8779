'use strict'

/**
 * What becomes of the events of a connection itself: its end, with the client's leave and the hook for it,
 * and its pongs.
 */

const { report } = require('./errors')

/** @import { Bridge } from './bridge' */
/** @import { Connection, Connections } from './connections' */
/** @import { Room } from './room-view' */
/** @import { RoomsView } from './rooms-view' */
/** @import { WSS } from './wss' */

class SocketEvents {
  #wss
  #bridge
  #rooms
  #connections

  /**
   * @param {WSS} wss whose leave hook is called
   * @param {Bridge} bridge
   * @param {RoomsView} rooms
   * @param {Connections} connections
   */
  constructor(wss, bridge, rooms, connections) {
    this.#wss = wss
    this.#bridge = bridge
    this.#rooms = rooms
    this.#connections = connections
  }

  /**
   * The connection is gone. First the client leaves, then those hear of it who listen to the socket, as with
   * the original.
   * @param {number} n
   * @param {number} code
   * @param {string} reason
   * @param {number} key the room that it has to leave, or 0
   */
  closed(n, code, reason, key) {
    const connection = key > 0 ? this.#connections.meet(n) : this.#connections.find(n)
    if (!connection) return false
    try {
      if (key > 0) this.#leaveAtEnd(connection, key)
    } finally {
      connection.closed = true
      this.#connections.forget(n)
      connection.emit('close', code, Buffer.from(reason))
    }
    return true
  }

  /**
   * @param {Connection} connection
   * @param {number} key
   */
  #leaveAtEnd(connection, key) {
    const hooked = typeof this.#wss.onLeave === 'function'
    const room = hooked ? this.#rooms.ofEvent(key, connection.n) : undefined
    const left = this.#takeOut(connection, room)
    connection.closed = true
    if (room && left) this.#left(connection, room)
  }

  /**
   * Out of the room, and the others know: one step of the engine.
   * @param {Connection} connection
   * @param {Room | undefined} room where a hook is to be told
   */
  #takeOut(connection, room) {
    if (room) {
      // What the hook may ask is known to the engine only until the client has left.
      room.clients.sync()
      void connection.socket
    }
    this.#bridge.run()
    const left = this.#bridge.native.leave(connection.n)
    if (room) room.clients.forget(connection)
    else this.#bridge.invalidate()
    return left
  }

  /**
   * @param {Connection} connection
   * @param {Room} room
   */
  async #left(connection, room) {
    const wss = this.#wss
    const hook = wss.onLeave
    if (typeof hook !== 'function') return
    try {
      await hook.call(wss, wss, room.object, connection.id, connection.asClient().info)
    } catch (error) {
      report(console.error, `onLeave failed for ${connection.id}:`, error)
    }
  }

  /**
   * @param {number} n
   * @param {string} text
   */
  pong(n, text) {
    this.#connections.find(n)?.emit('pong', Buffer.from(text))
    return true
  }
}

exports.SocketEvents = SocketEvents
