'use strict'

/**
 * A client's WebSocket as the application sees it: what the original's `ws` sockets can do for a server. Owns
 * the application's listeners; the socket itself and its state are the engine's.
 */

const { EventEmitter } = require('node:events')
const { closeCode, closeReason, frameOf, pingText, textCommand } = require('./frames')
const { ALIVE, READONLY, RESUMABLE, STATUS } = require('./status')
const { INSPECT, inspectLive } = require('./view')

/** @import { UpgradeInfo } from '../../../index.js' */
/** @import { Bridge } from './bridge' */
/** @import { Connection } from './connections' */

/** @typedef {(error?: Error) => void} SendCallback */

/** Ready states, by their names. */
const READY = /** @type {const} */ ({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })

/** What a session's status, the original's number for it, makes of the socket. */
const READY_BY_STATUS = [READY.OPEN, READY.OPEN, READY.OPEN, READY.CLOSING, READY.CLOSED]

/** Of a connection that was over before JavaScript asked about it for the first time. */
const UNKNOWN = { at: 0, url: '', headers: {}, remoteAddress: undefined, origin: undefined }

class SocketView extends EventEmitter {
  #bridge
  #connection
  /** @type {UpgradeInfo} */
  #request = UNKNOWN
  /** The Cookie header of the upgrade request, as it came. @type {string | undefined} */
  cookies

  /**
   * @param {Bridge} bridge
   * @param {Connection} connection
   */
  constructor(bridge, connection) {
    super()
    this.#bridge = bridge
    this.#connection = connection
    this.ss = socketState(connection)
    this.renew()
  }

  /** The connection is a new one, as it was in the beginning or because the client has come back: reads its request. */
  renew() {
    const info = this.#connection.closed ? '' : this.#bridge.native.info(this.#connection.n)
    const { at, ...request } = info === '' ? UNKNOWN : JSON.parse(info)
    this.#request = { ...request, origin: request.headers.origin }
    this.cookies = request.headers.cookie
    this.ss.lastEvent = at
  }

  /** The upgrade request of the latest connection, also after its end. */
  get request() {
    return this.#request
  }

  get CONNECTING() {
    return READY.CONNECTING
  }

  get OPEN() {
    return READY.OPEN
  }

  get CLOSING() {
    return READY.CLOSING
  }

  get CLOSED() {
    return READY.CLOSED
  }

  get readyState() {
    if (this.#connection.closed) return READY.CLOSED
    if (this.#connection.ending) return READY.CLOSING
    return READY_BY_STATUS[this.#bridge.native.status(this.#connection.n) & STATUS]
  }

  get bufferedAmount() {
    if (this.#connection.closed) return 0
    this.#bridge.run()
    return this.#bridge.native.queued(this.#connection.n)
  }

  get isAlive() {
    return (this.#connection.bits & ALIVE) !== 0
  }

  /**
   * @param {unknown} data
   * @param {{ binary?: boolean } | SendCallback} [options]
   * @param {SendCallback} [callback]
   * @returns {void}
   */
  send(data, options, callback) {
    if (typeof options === 'function') return this.send(data, undefined, options)
    const frame = frameOf(data, options)
    if (!this.#connection.closed) this.#send(frame)
    if (callback) this.#report(callback)
  }

  /** @param {string | Buffer} frame */
  #send(frame) {
    if (typeof frame === 'string') return this.#bridge.write(textCommand(this.#connection.n, frame))
    // Bytes don't travel in the log: what is in it goes first.
    this.#bridge.run()
    this.#bridge.native.sendBinary(this.#connection.n, frame)
  }

  /**
   * @param {unknown} [data]
   * @param {boolean | SendCallback} [mask] without meaning for a server
   * @param {SendCallback} [callback]
   * @returns {void}
   */
  ping(data, mask, callback) {
    if (typeof data === 'function') return this.ping(undefined, undefined, /** @type {SendCallback} */ (data))
    if (typeof mask === 'function') return this.ping(data, undefined, mask)
    const text = pingText(typeof data === 'number' ? String(data) : data)
    if (!this.#connection.closed) this.#bridge.write(`P ${this.#connection.n} ${JSON.stringify(text)}`)
    if (callback) this.#report(callback)
  }

  /**
   * @param {number} [code]
   * @param {string | Uint8Array} [reason]
   */
  close(code, reason) {
    if (this.#connection.closed) return
    const command = `K ${this.#connection.n} ${closeCode(code)} ${JSON.stringify(closeReason(reason))}`
    // What passes is no end for a client that may come back.
    const passes = isTransient(code) && (this.#connection.bits & RESUMABLE) !== 0
    this.#end(command, passes)
  }

  terminate() {
    if (this.#connection.closed) return
    this.#end(`M ${this.#connection.n}`)
  }

  /**
   * At once, so that nothing is heard of the client that it sends from now on.
   * @param {string} command
   * @param {boolean} [passes] the client may come back
   */
  #end(command, passes = false) {
    if (!passes) this.#connection.end()
    this.#bridge.write(command)
    this.#bridge.run()
  }

  /**
   * Pongs cost a crossing to JavaScript each, so the engine reports them only where somebody listens.
   * @override
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  on(event, listener) {
    if (event === 'pong' && !this.#connection.closed) this.#bridge.native.watch(this.#connection.n, true)
    return super.on(event, listener)
  }

  /**
   * @override
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  addListener(event, listener) {
    return this.on(event, listener)
  }

  /** Calls back when what was sent is with the engine, or was sent in vain. @param {SendCallback} callback */
  #report(callback) {
    const state = this.readyState
    const error = state === READY.OPEN ? undefined : new Error(`WebSocket is not open: readyState ${state}`)
    this.#bridge.run()
    process.nextTick(callback, error)
  }

  [INSPECT]() {
    return `SSWebSocket(${this.#connection.id})`
  }
}

/** Close codes for what passes. @param {number | undefined} code */
function isTransient(code) {
  return code !== undefined && code >= 4100 && code <= 4199
}

/**
 * What the server knows of a connection, as the original shows it.
 * @param {Connection} connection
 */
function socketState(connection) {
  const state = {
    get status() {
      return connection.bits & STATUS
    },
    /** The engine keeps the time limit for the hello. */
    closeTimer: null,
    lastEvent: 0,
    clientId: connection.id,
    get readonly() {
      return connection.closed ? !!(connection.client?.readonly ?? true) : (connection.bits & READONLY) !== 0
    },
    get roomId() {
      return connection.currentRoom
    },
  }
  return Object.defineProperty(state, INSPECT, { value: inspectLive })
}

exports.SocketView = SocketView
