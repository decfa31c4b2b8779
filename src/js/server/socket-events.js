'use strict'

/**
 * What becomes of the events of a connection itself: its end, what the client answers when it was asked, and
 * its pongs.
 */

/** @import { Connections } from './connections' */
/** @import { Leaving } from './leaving' */

class SocketEvents {
  #connections
  #leaving

  /**
   * @param {Connections} connections
   * @param {Leaving} leaving
   */
  constructor(connections, leaving) {
    this.#connections = connections
    this.#leaving = leaving
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
      if (key > 0) this.#leaving.atEnd(connection, key)
    } finally {
      connection.closed = true
      connection.end()
      this.#connections.forget(n)
      connection.emit('close', code, Buffer.from(reason))
    }
    return true
  }

  /**
   * @param {number} n
   * @param {any} message
   */
  answer(n, message) {
    this.#connections.find(n)?.asking.answered(message)
    return true
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
