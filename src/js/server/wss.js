'use strict'

/**
 * The room server: the public class, a thin front of the parts behind it. Making one starts nothing; the
 * engine is there when it is first needed and its threads start with the first connection.
 */

const { attach } = require('./attach')
const { Bridge } = require('./bridge')
const { Connections } = require('./connections')
const { Events } = require('./events')
const { closeReason } = require('./frames')
const { Hooks } = require('./hooks')
const { readOptions } = require('./options')
const { Relay } = require('./relay')
const { roomOf } = require('./room-view')
const { RoomsView } = require('./rooms-view')
const { SocketEvents } = require('./socket-events')
const { Endpoint } = require('./upgrade')

/** @import { CheckChangeReq, CheckHelloReq, HandleActionReq, HandleLeave } from '../../../index.js' */
/** @import { RoomServerOptions, UpgradeServer } from '../../../index.js' */

/**
 * The hooks as the application has set them.
 * @typedef {object} HookSet
 * @property {CheckHelloReq} [onHelloReq]
 * @property {CheckChangeReq} [onChangeReq]
 * @property {HandleActionReq} [onActionReq]
 * @property {HandleLeave} [onLeave]
 */

/**
 * Where a WSS keeps its parts: a symbol and no private field, so that they are found through a proxy around
 * it too.
 */
const PARTS = Symbol('parts')

/** Close code for protocol errors, with which the original refuses and ejects. */
const REFUSED = 1002

class WSS {
  /** Print what happens on stdout. */
  debug

  /** @param {boolean | RoomServerOptions} [options] settings, or only whether to print what happens */
  constructor(options = false) {
    const { path, debug, native } = readOptions(options)
    this.debug = debug
    Object.defineProperty(this, PARTS, { value: makeParts(this, path, native) })
  }

  // --- rooms ---

  get rooms() {
    return parts(this).rooms.proxy
  }

  set rooms(rooms) {
    parts(this).rooms.replace(rooms)
  }

  /** Number of the latest connection. */
  get client() {
    const { bridge } = parts(this)
    return bridge.started ? bridge.native.connections() : 0
  }

  /**
   * Sends a message to all clients in a room, without changing the room.
   * @param {any} room a room, or anything with `clients`
   * @param {unknown} change turned into JSON now
   * @param {string | null} [skip] id of the client that isn't to get it
   */
  broadcastChange(room, change, skip) {
    const text = JSON.stringify(change)
    if (text === undefined) return
    const live = roomOf(room)
    if (live) return live.broadcast(text, skip)
    for (const id in room.clients) if (id !== skip) room.clients[id].ws.send(text)
  }

  /**
   * What newcomers are told of the clients in a room.
   * @param {any} room a room, or anything with `clients`
   */
  getClientMap(room) {
    /** @type {Record<string, { clientState: any, clientName: any, clientType: any }>} */
    const map = {}
    for (const id in room.clients) {
      const { readonly, clientState, clientName, clientType } = room.clients[id]
      if (!readonly) map[id] = { clientState, clientName, clientType }
    }
    return map
  }

  // --- sockets ---

  /**
   * Serves WebSockets on an http server.
   * @param {UpgradeServer} httpServer
   */
  addWebsockets(httpServer) {
    const { bridge, hooks, endpoint } = parts(this)
    // Hooks that a subclass defines have not passed the setters.
    bridge.setHooks(hooks.mask)
    // Here and not with the first client is the place for an error about a missing native part.
    bridge.start()
    attach(httpServer, endpoint)
    if (this.debug) console.log(`serving websockets on ${endpoint.path}`)
  }

  /**
   * @param {any} sws
   * @param {string} reason cut to what a close frame can hold
   */
  closeSocket(sws, reason) {
    sws.close(REFUSED, closeReason(String(reason)))
  }

  /** Ends all connections and the engine's threads; no connection can be made afterwards. */
  async close() {
    parts(this).bridge.stop()
  }

  // --- hooks: setting one tells the engine which events to ask JavaScript about ---

  get onHelloReq() {
    return parts(this).hookSet.onHelloReq
  }

  set onHelloReq(hook) {
    setHook(this, 'onHelloReq', hook)
  }

  get onChangeReq() {
    return parts(this).hookSet.onChangeReq
  }

  set onChangeReq(hook) {
    setHook(this, 'onChangeReq', hook)
  }

  get onActionReq() {
    return parts(this).hookSet.onActionReq
  }

  set onActionReq(hook) {
    setHook(this, 'onActionReq', hook)
  }

  get onLeave() {
    return parts(this).hookSet.onLeave
  }

  set onLeave(hook) {
    setHook(this, 'onLeave', hook)
  }
}

/**
 * @param {WSS} wss
 * @param {string} path
 * @param {import('./native').NativeOptions} options
 */
function makeParts(wss, path, options) {
  const bridge = new Bridge(options)
  const connections = new Connections(bridge)
  const rooms = new RoomsView(bridge, connections)
  const hooks = new Hooks(wss, bridge, rooms, connections)
  const sockets = new SocketEvents(wss, bridge, rooms, connections)
  const relay = new Relay(bridge)
  const endpoint = new Endpoint(bridge, relay, path, (text) => wss.debug && console.log(text))
  const events = new Events(bridge, hooks, sockets, relay)
  bridge.onWake = () => events.take()
  /** @type {HookSet} */
  const hookSet = {}
  return { bridge, connections, rooms, hooks, endpoint, hookSet }
}

/**
 * @param {any} wss
 * @returns {ReturnType<typeof makeParts>}
 */
function parts(wss) {
  return wss[PARTS]
}

/**
 * @template {keyof HookSet} Name
 * @param {WSS} wss
 * @param {Name} name
 * @param {HookSet[Name]} hook
 */
function setHook(wss, name, hook) {
  const { bridge, hooks, hookSet } = parts(wss)
  hookSet[name] = hook
  bridge.setHooks(hooks.mask)
}

exports.WSS = WSS
