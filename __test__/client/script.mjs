/** A server that says what a test tells it to: for paths that a real one rarely takes. And a WebSocket that shows no more than a page's. */

import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'
import { connect } from '@cgreenhalgh/websocket-room-server/client'
import { Inbox } from '../support/inbox.mjs'
import { hello, SOON } from './support.mjs'

/** One connection, from the server's side. */
class Peer {
  #inbox = new Inbox()
  #socket

  constructor(socket) {
    this.#socket = socket
    this.closed = once(socket, 'close').then(([code]) => code)
    socket.on('message', (data) => this.#inbox.push(JSON.parse(data)))
  }

  next() {
    return this.#inbox.take()
  }

  /** All that has come and was not taken, once what was sent before this call has come. */
  async rest() {
    this.#socket.ping()
    await once(this.#socket, 'pong')
    return this.#inbox.drain()
  }

  send(...messages) {
    for (const message of messages) this.#socket.send(JSON.stringify(message))
    return this
  }

  cut() {
    this.#socket.terminate()
  }

  close(code, reason) {
    this.#socket.close(code, reason)
  }

  /** Takes the hello and answers it. */
  async welcome(resume, { id = 'connection:1', roomState = {}, clients = {} } = {}) {
    const request = await this.next()
    const ext = resume ? { resume: { ms: 30_000, received: 0, ...resume } } : {}
    const { protocol, roomProtocol, readonly = false } = request
    this.send({ type: 1, protocol, roomProtocol, clientId: id, clients, roomState, readonly, ext })
    return request
  }
}

export class ScriptedServer {
  #server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  #peers = new Inbox()
  #clients = []

  static async open() {
    const server = new ScriptedServer()
    server.#server.on('connection', (socket) => server.#peers.push(new Peer(socket)))
    await once(server.#server, 'listening')
    return server
  }

  /** The next connection. */
  peer() {
    return this.#peers.take('connection')
  }

  /** A client that dials. */
  connect(options, fields) {
    const url = `ws://127.0.0.1:${this.#server.address().port}`
    const client = connect(url, hello(fields), { WebSocket: PageSocket, reconnect: SOON, ...options })
    this.#clients.push(client)
    return client
  }

  /** A client that has a session to be resumed, and its connection. */
  async session(options, room) {
    const client = this.connect(options)
    const peer = await this.peer()
    await peer.welcome({ token: 'first', outcome: 'new' }, room)
    await client.opened()
    return { client, peer }
  }

  async close() {
    await Promise.all(this.#clients.map((client) => client.leave({ timeoutMs: 0 })))
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
  }
}

/** As the standard has it: a page's. */
export class PageSocket {
  #socket

  constructor(url) {
    this.#socket = new WebSocket(url)
    for (const name of ['onopen', 'onmessage', 'onclose', 'onerror'])
      Object.defineProperty(this, name, {
        set: (listener) => {
          this.#socket[name] = listener
        },
      })
  }

  set binaryType(type) {
    this.#socket.binaryType = type
  }

  get readyState() {
    return this.#socket.readyState
  }

  send(data) {
    this.#socket.send(data)
  }

  close(code, reason) {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) throw new RangeError('code')
    this.#socket.close(code, reason)
  }
}
