'use strict'

/**
 * A room server for a test: on an http server of its own, on a free port, with clients to reach it. Owns all of them, and
 * leaves nothing open when it is stopped.
 */

const { once } = require('node:events')
const http = require('node:http')
const { inspect } = require('node:util')
const { MESSAGE_TYPE } = require('../protocol/index.cjs')
const { WSS } = require('../server')
const { FakeClient } = require('./fake-client')
const { TIMEOUT_MS, within } = require('./inbox')
const { Link } = require('./link')

/** @import { Server } from 'node:http' */
/** @import { AddressInfo } from 'node:net' */
/** @import { ConnectOptions, Hooks, StartOptions, WaitOptions } from './index.js' */

/** Between two looks at a room, in ms. */
const LOOK_MS = 5
/** So long others' clients (browsers, the application's own) have to go when the rooms are stopped, in ms. */
const DRAIN_MS = 2000
/** What takes longer when rooms are stopped will never end, in ms. */
const STOP_MS = 10_000

class Rooms {
  #path
  #timeoutMs
  /** Only for a room server that isn't ours and goes on living. @type {Visit | undefined} */
  #visit
  /** @type {Set<FakeClient>} */
  #clients = new Set()
  /** @type {Set<Link>} */
  #links = new Set()
  /** @type {Set<import('node:stream').Duplex>} */
  #sockets = new Set()
  /** @type {Promise<void> | undefined} */
  #stopped

  /** @param {StartOptions} start */
  constructor({ hooks, wss, options, path, server = http.createServer(notFound), timeoutMs = TIMEOUT_MS }) {
    if (wss && options)
      throw new TypeError('startRooms: options are for a room server of its own: not with wss')
    this.wss = wss ?? new WSS(options)
    this.server = /** @type {Server} */ (server)
    this.#path = path ?? options?.path ?? '/wss'
    this.#timeoutMs = timeoutMs
    if (wss) this.#visit = new Visit(wss)
    if (hooks) setHooks(this.wss, hooks)
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.wss.addWebsockets(server)
  }

  async listen() {
    if (this.server.listening) return this
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    return this
  }

  get port() {
    return /** @type {AddressInfo} */ (this.server.address()).port
  }

  get #isSecure() {
    return 'setSecureContext' in this.server
  }

  /** Of the application's own pages and routes. */
  get origin() {
    return `${this.#isSecure ? 'https' : 'http'}://127.0.0.1:${this.port}`
  }

  /** Of the WebSockets. */
  get url() {
    return this.#urlAt(this.port)
  }

  /** @param {number} port */
  #urlAt(port) {
    return `${this.#isSecure ? 'wss' : 'ws'}://127.0.0.1:${port}${this.#path}`
  }

  async link() {
    if (this.#stopped) throw new Error('these rooms are stopped')
    const link = new Link(this.port, (port) => this.#urlAt(port))
    this.#links.add(link)
    return link.listen()
  }

  /** @param {ConnectOptions} [options] */
  async connect(options = {}) {
    if (this.#stopped) throw new Error('these rooms are stopped')
    const client = new FakeClient(options.url ?? this.url, { timeoutMs: this.#timeoutMs, ...options })
    this.#clients.add(client)
    await client.opened
    return client
  }

  /**
   * @param {string | Record<string, unknown>} [hello]
   * @param {ConnectOptions} [options]
   */
  async join(hello = {}, options) {
    const client = await this.connect(options)
    const { type, msg } = await client.hello(typeof hello === 'string' ? { roomId: hello } : hello)
    if (type !== MESSAGE_TYPE.HELLO_SUCCESS_RESP) throw new Error(`not let in: ${msg}`)
    return client
  }

  /**
   * @param {string} roomId
   * @param {(room: any) => unknown} condition
   * @param {WaitOptions} [options]
   */
  async waitFor(roomId, condition, { timeoutMs = this.#timeoutMs } = {}) {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const room = this.wss.room(roomId)
      const outcome = attempt(() => condition(room))
      if (outcome.value) return room
      if (performance.now() > deadline) throw notMet(roomId, room, timeoutMs, outcome.error)
      await look()
    }
  }

  stop() {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop() {
    for (const client of this.#clients) client.ws.terminate()
    await Promise.all([...this.#links].map((link) => link.close()))
    if (!this.#visit) await this.wss.close({ drainMs: DRAIN_MS })
    await this.#closeServer()
    await this.#visit?.end()
  }

  async #closeServer() {
    if (!this.server.listening) return
    const closed = once(this.server, 'close')
    this.server.close()
    for (const socket of this.#sockets) socket.destroy()
    await within(closed, 'the http server did not close', STOP_MS)
  }
}

/** What a room server was like before a test, so that it can be left as it was found. */
class Visit {
  #wss
  #hooks
  #rooms
  #connections

  /** @param {any} wss */
  constructor(wss) {
    this.#wss = wss
    this.#hooks = Object.fromEntries(hookNames(wss).map((name) => [name, wss[name]]))
    this.#rooms = new Set(Object.keys(wss.rooms))
    this.#connections = wss.stats().connections
  }

  async end() {
    const deadline = performance.now() + STOP_MS
    for (const id of Object.keys(this.#wss.rooms)) if (!this.#rooms.has(id)) this.#wss.closeRoom(id)
    while (this.#wss.stats().connections > this.#connections) {
      if (performance.now() > deadline) throw new Error(`connections were left open for ${STOP_MS} ms`)
      await look()
    }
    Object.assign(this.#wss, this.#hooks)
  }
}

/** @param {object} wss */
function hookNames(wss) {
  const names = new Set()
  for (let at = wss; at !== null; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) if (/^on[A-Z]/.test(name)) names.add(name)
  return [...names]
}

/**
 * @param {any} wss
 * @param {Hooks | ((wss: any) => void)} hooks
 */
function setHooks(wss, hooks) {
  if (typeof hooks === 'function') return hooks(wss)
  const names = hookNames(wss)
  const unknown = Object.keys(hooks).find((name) => !names.includes(name))
  if (unknown) throw new TypeError(`startRooms: there is no hook ${unknown}: ${names.join(', ')}`)
  Object.assign(wss, hooks)
}

const look = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS))

/** @param {() => unknown} condition */
function attempt(condition) {
  try {
    return { value: condition() }
  } catch (error) {
    return { error }
  }
}

/**
 * @param {string} roomId
 * @param {any} room
 * @param {number} timeoutMs
 * @param {unknown} cause
 */
function notMet(roomId, room, timeoutMs, cause) {
  const now = room
    ? `state ${inspect({ ...room.state })}, clients ${inspect(Object.keys(room.clients))}`
    : 'there is no such room'
  const thrown = cause ? ` The condition threw: ${/** @type {any} */ (cause)?.message ?? cause}` : ''
  return new Error(`room ${inspect(roomId)}: not as expected within ${timeoutMs} ms: ${now}.${thrown}`, {
    cause,
  })
}

/**
 * @param {http.IncomingMessage} _request
 * @param {http.ServerResponse} response
 */
function notFound(_request, response) {
  response.writeHead(404).end()
}

/** @param {StartOptions} [options] */
async function startRooms(options = {}) {
  return new Rooms(options).listen()
}

module.exports = { startRooms }
