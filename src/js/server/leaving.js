'use strict'

/**
 * How clients leave: by themselves, ejected, or with all others when their room is closed. Out of the room,
 * the others know, and the hook has been called: one step, between which nothing happens to the room.
 */

/** @import { Bridge } from './bridge' */
/** @import { Connection } from './connections' */
/** @import { HookErrors } from './hook-errors' */
/** @import { LeaveHooks } from './leave-hooks' */
/** @import { Room } from './room-view' */
/** @import { RoomsView } from './rooms-view' */
/** @import { WSS } from './wss' */

/** Close codes of clients that are not to come back. */
const EJECTED = 4500
const ROOM_CLOSED = 4501

class Leaving {
  #wss
  #bridge
  #rooms
  #leaves
  #errors

  /**
   * @param {WSS} wss whose hooks are called
   * @param {Bridge} bridge
   * @param {RoomsView} rooms
   * @param {LeaveHooks} leaves
   * @param {HookErrors} errors
   */
  constructor(wss, bridge, rooms, leaves, errors) {
    this.#wss = wss
    this.#bridge = bridge
    this.#rooms = rooms
    this.#leaves = leaves
    this.#errors = errors
  }

  // --- one client ---

  /**
   * The connection is gone.
   * @param {Connection} connection
   * @param {number} key
   */
  atEnd(connection, key) {
    const hooked = typeof this.#wss.onLeave === 'function'
    const room = hooked ? this.#rooms.ofEvent(key, connection.n) : undefined
    const left = this.#takeOut(connection, room)
    connection.closed = true
    if (room && left) this.#left(connection, room)
  }

  /**
   * @param {string} roomId
   * @param {string} clientId
   * @param {string} [msg]
   * @returns {boolean} false where there is no such client in such a room
   */
  eject(roomId, clientId, msg = 'ejected') {
    const room = this.#rooms.open(String(roomId))
    const connection = room?.clients.find(String(clientId))?.connection
    if (!room || !connection) return false
    this.#close(connection, EJECTED, msg)
    this.#leave(connection, room)
    return true
  }

  /**
   * The close frame first: nothing of the leave is for the client itself.
   * @param {Connection} connection
   * @param {number} code
   * @param {string} msg
   */
  #close(connection, code, msg) {
    connection.end()
    this.#bridge.write(`K ${connection.n} ${code} ${JSON.stringify(String(msg))}`)
  }

  /**
   * @param {Connection} connection
   * @param {Room} room
   */
  #leave(connection, room) {
    if (this.#takeOut(connection, room)) this.#left(connection, room)
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
    if (room?.live) room.clients.forget(connection)
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
    const { info } = connection.asClient()
    try {
      await this.#leaves.run('onLeave', () => hook.call(wss, wss, room.object, connection.id, info))
    } catch (error) {
      this.#errors.tellSomebody(error, { hook: 'onLeave', clientId: connection.id, roomId: room.id })
    }
  }

  // --- whole rooms ---

  /**
   * @param {string} roomId
   * @param {string} [msg]
   * @returns {boolean} false where there is no such room
   */
  closeRoom(roomId, msg = 'room closed') {
    const room = this.#rooms.open(String(roomId))
    const reason = String(msg)
    if (!room) return false
    // Asked for again by a hook that the first call has called: that one goes on.
    if (room.closing) return true
    room.closing = true
    const connections = room.clients.connections()
    // All of them at first: those who go are not told of each other.
    for (const connection of connections) this.#close(connection, ROOM_CLOSED, reason)
    for (const connection of connections) this.#leave(connection, room)
    this.dispose(room, reason)
    return true
  }

  /**
   * Deletes a room in which nobody is, unless a hook has done it already, and says so.
   * @param {Room} room
   * @param {string} [msg] for those who wait until it is loaded
   */
  dispose(room, msg = '') {
    this.#rooms.discard(room, `Y ${room.key} ${JSON.stringify(msg)}\nD ${room.key}`)
    this.#disposed(room)
  }

  /** @param {Room} room */
  async #disposed(room) {
    const wss = this.#wss
    const hook = wss.onDisposeRoom
    if (typeof hook !== 'function') return
    try {
      await this.#leaves.run('onDisposeRoom', () => hook.call(wss, wss, room.object))
    } catch (error) {
      this.#errors.tellSomebody(error, { hook: 'onDisposeRoom', roomId: room.id })
    }
  }
}

exports.Leaving = Leaving
