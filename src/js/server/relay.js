'use strict'

/**
 * Carries bytes between the engine and those sockets that can't be handed over to it (TLS, Windows, any other
 * stream). Owns the sockets until they close. Backpressure goes both ways.
 */

/** @import { Duplex } from 'node:stream' */
/** @import { Bridge } from './bridge' */
/** @import { Upgrade } from './native' */

/** So long a peer has to end its side once the engine has ended ours. */
const END_MS = 2000

class Relay {
  #bridge
  /** @type {Map<number, Duplex>} */
  #sockets = new Map()

  /** @param {Bridge} bridge */
  constructor(bridge) {
    this.#bridge = bridge
  }

  /**
   * @param {Duplex} socket
   * @param {Buffer} head
   * @param {Upgrade} upgrade
   * @returns {number} the connection's number
   */
  start(socket, head, upgrade) {
    const { native } = this.#bridge
    const n = native.relay(head, upgrade)
    this.#sockets.set(n, socket)
    socket.on('data', (chunk) => native.relayData(n, chunk))
    socket.on('drain', () => native.relayDrained(n))
    socket.once('end', () => native.relayEnd(n))
    socket.once('close', () => {
      native.relayClosed(n)
      this.#sockets.delete(n)
    })
    socket.resume()
    return n
  }

  /** Writes what the engine has for its sockets. */
  write() {
    for (const { n, data, end } of this.#bridge.native.takeRelay()) {
      const socket = this.#sockets.get(n)
      if (!socket || socket.destroyed) continue
      if (data.length > 0 && !socket.write(data)) this.#bridge.native.relayBlocked(n)
      if (end) endSocket(socket)
    }
  }

  /**
   * @param {number} n
   * @param {boolean} paused the engine can't take more for now
   */
  pause(n, paused) {
    const socket = this.#sockets.get(n)
    if (paused) socket?.pause()
    else socket?.resume()
  }
}

/**
 * Ends our side, and the other one as well if the peer doesn't.
 * @param {Duplex} socket
 */
function endSocket(socket) {
  socket.end()
  const timer = setTimeout(() => socket.destroy(), END_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}

exports.Relay = Relay
