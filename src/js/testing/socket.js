'use strict'

/**
 * A WebSocket client that speaks its own frames over Node's own sockets: with the same events and methods as the `WebSocket`
 * of ws has, as far as `Client` uses them, and with everything that can go wrong with a connection, on demand.
 */

const { EventEmitter } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const { FrameReader, OPCODE, closePayload, frame, readClose } = require('./frames')
const { readAtRate } = require('./pace')

/** @import { ClientRequest, IncomingMessage } from 'node:http' */
/** @import { Socket } from 'node:net' */
/** @import { Frame } from './frames' */

/**
 * Emits `open`, `message` (data, isBinary), `pong` (data), `error` (error) and, last, `close` (code, reason).
 */
class FrameSocket extends EventEmitter {
  /** @type {Socket | undefined} */
  #tcp
  #request
  #frames = new FrameReader()
  /** Parts of a fragmented message. @type {Frame[]} */
  #parts = []
  /** What the close frame said that has come. @type {{ code: number, reason: string } | undefined} */
  #close
  #closeSent = false
  #closed = false
  #frozen = false
  /** Ends slow reading. */
  #endPace = () => {}

  /**
   * @param {string} url `ws:` or `wss:`; a certificate is taken as it is
   * @param {{ headers?: Record<string, string>, protocols?: string[] }} [options]
   */
  constructor(url, { headers = {}, protocols = [] } = {}) {
    super()
    this.#request = upgradeRequest(url, headers, protocols)
    this.#request.on('upgrade', (_response, tcp, head) => this.#opened(/** @type {Socket} */ (tcp), head))
    this.#request.on('response', (response) => this.#refused(response))
    this.#request.on('error', (error) => this.#failed(error))
    this.#request.end()
  }

  /**
   * @param {Socket} tcp
   * @param {Buffer} head
   */
  #opened(tcp, head) {
    this.#tcp = tcp
    tcp.setNoDelay(true)
    tcp.on('error', () => {}) // 'close' follows
    tcp.on('close', () => this.#ended())
    tcp.on('data', (chunk) => this.#read(chunk))
    this.emit('open')
    if (head.length > 0) this.#read(head)
  }

  /** @param {IncomingMessage} response */
  #refused(response) {
    response.resume()
    this.#failed(new Error(`the server answered the upgrade with ${response.statusCode}`))
    this.#request.destroy()
  }

  /** @param {Error} error */
  #failed(error) {
    if (this.#closed) return
    this.emit('error', error)
    this.#ended()
  }

  /** @param {Buffer} chunk */
  #read(chunk) {
    this.#frames.push(chunk)
    for (let next = this.#frames.next(); next; next = this.#frames.next()) this.#take(next)
  }

  /** @param {Frame} next */
  #take(next) {
    if (next.opcode === OPCODE.ping) this.#write(OPCODE.pong, next.payload)
    else if (next.opcode === OPCODE.pong) this.emit('pong', next.payload)
    else if (next.opcode === OPCODE.close) this.#closing(next.payload)
    else {
      this.#parts.push(next)
      if (!next.fin) return
      const parts = this.#parts.splice(0)
      const data = Buffer.concat(parts.map(({ payload }) => payload))
      this.emit('message', data, parts[0].opcode === OPCODE.binary)
    }
  }

  /** @param {Buffer} payload */
  #closing(payload) {
    this.#close ??= readClose(payload)
    if (!this.#closeSent) this.#write(OPCODE.close, payload)
    this.#closeSent = true
    // The server is the one to end the connection.
  }

  #ended() {
    if (this.#closed) return
    this.#closed = true
    const { code, reason } = this.#close ?? { code: 1006, reason: '' }
    this.emit('close', code, reason)
  }

  /**
   * @param {number} opcode
   * @param {string | Uint8Array} data
   */
  #write(opcode, data) {
    if (this.#tcp && !this.#closeSent && !this.#frozen) this.#tcp.write(frame(data, { opcode }))
  }

  /** @param {string | Uint8Array} data bytes make a binary message */
  send(data) {
    if (this.#frozen) throw new Error('a frozen client sends nothing: thaw() it first')
    this.#write(typeof data === 'string' ? OPCODE.text : OPCODE.binary, data)
  }

  /** @param {string | Uint8Array} payload */
  ping(payload) {
    this.#write(OPCODE.ping, payload)
  }

  /**
   * Begins the closing handshake.
   * @param {number} [code]
   * @param {string} [reason]
   */
  close(code, reason) {
    if (this.#frozen) this.thaw()
    this.#write(OPCODE.close, closePayload(code, reason))
    this.#closeSent = true
  }

  /** Ends it without any handshake: FIN, or a reset where bytes were left unread. */
  terminate() {
    this.#request.destroy()
    this.#tcp?.destroy()
  }

  // Faults

  /** Resets the connection. */
  cut() {
    const tcp = this.#tcp
    if (tcp && 'resetAndDestroy' in tcp && tcp.remoteAddress && !('encrypted' in tcp)) tcp.resetAndDestroy()
    else this.terminate()
  }

  /** Writes the first half of a frame and resets the connection behind it. */
  cutMidFrame() {
    const whole = frame(JSON.stringify({ type: 2, roomChanges: [] }))
    this.#tcp?.write(whole.subarray(0, whole.length >> 1), () => this.cut())
  }

  /** Ends the connection in order (FIN), but without a close frame. */
  end() {
    this.#tcp?.end()
  }

  /** Neither reads nor answers nor sends, as a process that has been stopped: what comes stays in the kernel's buffers. */
  freeze() {
    this.#frozen = true
    this.#endPace()
    this.#tcp?.pause()
  }

  thaw() {
    this.#frozen = false
    this.#endPace()
    this.#tcp?.resume()
  }

  /**
   * Reads, and answers pings, at this rate from now on; `Infinity`: as fast as it comes.
   * @param {number} bytesPerSecond
   */
  readSlowly(bytesPerSecond) {
    this.thaw()
    if (this.#tcp) this.#endPace = readAtRate(this.#tcp, bytesPerSecond)
  }

  /**
   * Is gone without a word: for the test the connection is closed (1006), for the server it is there. What comes is thrown
   * away, nothing is answered. The half-open connection itself ends with `terminate`, or when the server gives up.
   */
  vanish() {
    this.thaw()
    this.#frozen = true
    this.#tcp?.removeAllListeners('data').resume()
    this.#ended()
  }
}

/**
 * @param {string} url
 * @param {Record<string, string>} headers
 * @param {string[]} protocols
 * @returns {ClientRequest}
 */
function upgradeRequest(url, headers, protocols) {
  const { request } = url.startsWith('wss:') ? https : http
  return request(url.replace(/^ws/, 'http'), {
    agent: false,
    rejectUnauthorized: false,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...(protocols.length > 0 && { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
      ...headers,
    },
  })
}

exports.FrameSocket = FrameSocket
