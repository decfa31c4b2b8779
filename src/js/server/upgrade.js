'use strict'

/**
 * Makes connections of upgrade requests: hands the socket over to the engine where that is possible, and
 * relays its bytes where it isn't. Decides by the type of the socket, never by whether it has a descriptor:
 * that of a TLS socket carries ciphertext.
 */

const net = require('node:net')
const { reasonOf } = require('./errors')
const { quote } = require('./log')
const { loadBinding } = require('./native')

/** @import { IncomingMessage } from 'node:http' */
/** @import { Duplex } from 'node:stream' */
/** @import { Bridge } from './bridge' */
/** @import { Ending } from './ending' */
/** @import { Log } from './log' */
/** @import { Settings } from './options' */
/** @import { Upgrade } from './native' */
/** @import { Relay } from './relay' */

/** Close code: this server is going away. */
const GOING_AWAY = 1001

/** The answer where no more connections are taken. */
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** The answer to pages that may not connect. */
const FORBIDDEN = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

class Endpoint {
  #bridge
  #relay
  #settings
  #ending
  #log

  /**
   * @param {Bridge} bridge
   * @param {Relay} relay
   * @param {Settings} settings
   * @param {Ending} ending
   * @param {Log} log
   */
  constructor(bridge, relay, settings, ending, log) {
    this.#bridge = bridge
    this.#relay = relay
    this.#settings = settings
    this.#ending = ending
    this.#log = log
  }

  get path() {
    return this.#settings.path
  }

  /**
   * @param {IncomingMessage} request
   * @param {Duplex} socket with a listener for errors
   * @param {Buffer} head what the client sent behind the request
   * @param {number} group the http server's number
   */
  serve(request, socket, head, group) {
    const upgrade = describe(request, group)
    const refusal = loadBinding().checkUpgrade(upgrade) ?? this.#refusal(request)
    if (refusal !== null) return endWith(socket, refusal)
    // Gone before its turn came.
    if (!socket.readable || !socket.writable) return void socket.destroy()
    const n = this.#connect(socket, head, upgrade)
    if (n !== undefined) this.#log.write('debug', `connected connection:${n} from ${remoteOf(request)}`)
  }

  /**
   * What the room server's own settings have against a request that is in order.
   * @param {IncomingMessage} request
   * @returns {string | null} the answer
   */
  #refusal(request) {
    if (!this.#isAllowed(request)) return FORBIDDEN
    const { native } = this.#bridge
    // Those who have lost their connection need one to come back.
    const isFull = native.openConnections() - native.dropped() >= this.#settings.maxClients
    if (isFull) this.#log.write('warn', `refused ${remoteOf(request)}: maxClients are connected`)
    return isFull || this.#ending.begun ? UNAVAILABLE : null
  }

  /** @param {IncomingMessage} request */
  #isAllowed(request) {
    const { origin } = request.headers
    try {
      if (!this.#settings.originRule || this.#settings.originRule(origin, request)) return true
      this.#log.write('warn', `refused ${remoteOf(request)}: origin ${quote(origin)}`)
    } catch (error) {
      this.#log.write('error', `allowedOrigins failed for origin ${quote(origin)}: ${quote(reasonOf(error))}`)
    }
    return false
  }

  /**
   * @param {Duplex} socket
   * @param {Buffer} head
   * @param {Upgrade} upgrade
   */
  #connect(socket, head, upgrade) {
    if (socket instanceof net.Socket) socket.setTimeout(0).setNoDelay(true)
    try {
      return handOver(this.#bridge, socket, head, upgrade) ?? this.#relay.start(socket, head, upgrade)
    } catch (error) {
      this.#log.write('error', `no connection for an upgrade: ${quote(reasonOf(error))}`)
      endWith(socket, UNAVAILABLE)
    }
  }

  /** The http server has closed: so do the connections that came through it. @param {number} group */
  closeAll(group) {
    // Where the room server ends too, it tells them in batches.
    if (!this.#bridge.started || this.#ending.begun) return
    this.#bridge.native.closeGroup(group, GOING_AWAY, 'server closed')
    this.#ending.linger()
  }
}

/**
 * @param {IncomingMessage} request
 * @param {number} group
 * @returns {Upgrade}
 */
function describe({ method = 'GET', url = '', headers, socket }, group) {
  return {
    method,
    upgrade: headers.upgrade,
    key: headers['sec-websocket-key'],
    version: headers['sec-websocket-version'],
    protocol: headers['sec-websocket-protocol'],
    extensions: headers['sec-websocket-extensions'],
    info: JSON.stringify({ at: Date.now(), url, headers, remoteAddress: socket.remoteAddress }),
    group,
  }
}

/**
 * Gives the socket to the engine.
 * @param {Bridge} bridge
 * @param {any} socket
 * @param {Buffer} head
 * @param {Upgrade} upgrade
 * @returns {number | undefined} the connection's number, undefined where the socket has to be relayed
 */
function handOver(bridge, socket, head, upgrade) {
  if (!canHandOver(socket)) return undefined
  const handle = socket._handle
  handle.readStop()
  // Node may have read on behind the request before it stopped.
  const rest = socket.readableLength > 0 ? socket.read() : null
  const bytes = rest ? Buffer.concat([head, rest]) : head
  try {
    const n = bridge.native.adopt(handle.fd, bytes, upgrade)
    // The engine has a descriptor of its own; this one ends here without a word to the peer.
    socket.destroy()
    return n
  } catch {
    // Out of descriptors, say: the socket that we have still works.
    if (rest) socket.unshift(rest)
    return undefined
  }
}

/** A plain TCP or Unix socket with nothing left to write. @param {any} socket */
function canHandOver(socket) {
  const handle = socket._handle
  const kind = handle?.constructor?.name
  if (process.platform === 'win32' || (kind !== 'TCP' && kind !== 'Pipe')) return false
  return socket.constructor === net.Socket && socket.writableLength === 0 && handle.fd >= 0
}

/** As it may stand in a record: proxies say who asks, and so can anybody. @param {IncomingMessage} request */
function remoteOf({ headers, socket }) {
  const forwarded = headers['x-forwarded-for']
  return forwarded === undefined ? String(socket.remoteAddress) : quote(forwarded)
}

/**
 * Answers in HTTP and ends the connection.
 * @param {Duplex} socket
 * @param {string} answer
 */
function endWith(socket, answer) {
  socket.once('finish', () => socket.destroy())
  socket.end(answer)
}

exports.Endpoint = Endpoint
exports.endWith = endWith
exports.UNAVAILABLE = UNAVAILABLE
