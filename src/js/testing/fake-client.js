'use strict'

/** The client that applications are given: over a connection of its own frames, which can be made to fail. */

const { Client } = require('./client')
const { FrameSocket } = require('./socket')

class FakeClient extends Client {
  #socket

  /**
   * @param {string} url
   * @param {{ headers?: Record<string, string>, protocols?: string[], timeoutMs?: number }} [options]
   */
  constructor(url, { headers, protocols, timeoutMs } = {}) {
    const socket = new FrameSocket(url, { headers, protocols })
    super(socket, { timeoutMs })
    this.#socket = socket
  }

  cut() {
    this.#socket.cut()
    return this.closed
  }

  cutMidFrame() {
    this.#socket.cutMidFrame()
    return this.closed
  }

  end() {
    this.#socket.end()
    return this.closed
  }

  freeze() {
    this.#socket.freeze()
    return this
  }

  thaw() {
    this.#socket.thaw()
    return this
  }

  /** @param {number} bytesPerSecond */
  readSlowly(bytesPerSecond) {
    this.#socket.readSlowly(bytesPerSecond)
    return this
  }

  vanish() {
    this.#socket.vanish()
    return this
  }
}

exports.FakeClient = FakeClient
