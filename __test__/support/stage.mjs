/**
 * What a behaviour is given: a room server that listens, ways to connect to it, and an end that leaves nothing behind.
 */

import { endRoomServer, HttpServer } from './server.mjs'

export class Stage {
  #servers = []
  #roomServers = []
  #clients = []

  /** `pkg`: `{ WSS, MESSAGE_TYPE, PROTOCOL, wss, transport, ours }`. */
  constructor(pkg) {
    this.pkg = pkg
    this.ours = pkg.ours
  }

  static async open(pkg, options) {
    const stage = new this(pkg)
    stage.wss = stage.roomServer(options)
    stage.server = await stage.httpServer({ before: (http) => stage.wss.addWebsockets(http) })
    return stage
  }

  /** What differs on purpose; the id has a row in docs/divergences.md. */
  differs(_id, original, ours) {
    return this.ours ? ours : original
  }

  /** Another room server; options are for ours only. */
  roomServer(options) {
    const wss = this.ours && options ? new this.pkg.WSS(options) : new this.pkg.WSS()
    this.#roomServers.push(wss)
    return wss
  }

  /** Another http server that listens, with `before(http)` run first. */
  async httpServer({ before, listener } = {}) {
    const server = new HttpServer(this.pkg.transport, listener)
    this.#servers.push(server)
    before?.(server.http)
    return server.listen()
  }

  async connect({ server = this.server, ...options } = {}) {
    const client = await server.connect(options)
    this.#clients.push(client)
    return client
  }

  async dial(server = this.server) {
    const client = await server.dial()
    this.#clients.push({ terminate: () => client.socket.destroy() })
    return client
  }

  /** A client that has joined; its answer is in `welcome`. */
  async join(fields, options) {
    const client = await this.connect(options)
    await client.hello(fields)
    return client
  }

  /** Several clients that joined one after the other, each having taken the announcements of those behind it. */
  async joinAll(count, fields = {}) {
    const clients = []
    for (let i = 0; i < count; i++) {
      const joiner = await this.join(fields)
      if (!joiner.welcome.readonly) for (const earlier of clients) await earlier.next()
      clients.push(joiner)
    }
    return clients
  }

  /** A client that wrote its own frames to get into the room. */
  async joinRaw(fields) {
    return (await this.dial()).join(fields)
  }

  /**
   * Waits until the hooks for what this client has sent have been called and, unless they wait, have taken effect. Passes only if
   * nothing else is sent to the client meanwhile.
   */
  async settle(client) {
    const { onActionReq } = this.wss
    this.wss.onActionReq = () => 'settled'
    const message = await client.ask('settle')
    this.wss.onActionReq = onActionReq
    if (message !== 'settled') throw new Error(`unexpected message: ${JSON.stringify(message)}`)
  }

  async close() {
    for (const client of this.#clients) client.terminate()
    for (const wss of this.#roomServers) await endRoomServer(wss)
    for (const server of this.#servers) await server.stop()
  }
}
