'use strict'

/**
 * The room server: the public class, a thin front of the parts behind it. Making one starts nothing; the
 * engine is there when it is first needed and its threads start with `addWebsockets`.
 */

const { attach } = require('./attach')
const { Bridge } = require('./bridge')
const { Connections } = require('./connections')
const { Ending } = require('./ending')
const { Events } = require('./events')
const { closeReason } = require('./frames')
const { HookCalls } = require('./hook-calls')
const { HookErrors } = require('./hook-errors')
const { HookTimes } = require('./hook-times')
const { Hooks } = require('./hooks')
const { LeaveHooks } = require('./leave-hooks')
const { Leaving } = require('./leaving')
const { LifeHooks } = require('./life-hooks')
const { Log } = require('./log')
const { differences, readOptions } = require('./options')
const { Relay } = require('./relay')
const { roomOf } = require('./room-view')
const { RoomsView } = require('./rooms-view')
const { SocketEvents } = require('./socket-events')
const { metricsText, readStats } = require('./stats')
const { Endpoint } = require('./upgrade')

/** @import { CheckChangeReq, CheckHelloReq, HandleActionReq, HandleDisposeRoom } from '../../../index.js' */
/** @import { HandleDrop, HandleError, HandleJoin, HandleLeave, HandleResume, LoadRoom } from '../../../index.js' */
/** @import { AttachOptions, CloseOptions, LogRecord } from '../../../index.js' */
/** @import { RoomServerOptions, UpgradeServer } from '../../../index.js' */
/** @import { Settings } from './options' */

/**
 * The hooks as the application has set them.
 * @typedef {object} HookSet
 * @property {CheckHelloReq} [onHelloReq]
 * @property {CheckChangeReq} [onChangeReq]
 * @property {HandleActionReq} [onActionReq]
 * @property {HandleLeave} [onLeave]
 * @property {LoadRoom} [onLoadRoom]
 * @property {HandleJoin} [onJoin]
 * @property {HandleDrop} [onDrop]
 * @property {HandleResume} [onResume]
 * @property {HandleDisposeRoom} [onDisposeRoom]
 * @property {HandleError} [onError]
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
    const settings = readOptions(options)
    this.debug = settings.debug
    Object.defineProperty(this, PARTS, { value: makeParts(this, settings) })
  }

  /**
   * Takes settings in the place of the constructor's, as long as nothing has started with those.
   * @param {RoomServerOptions} options
   */
  configure(options) {
    if (options === null || typeof options !== 'object')
      throw new TypeError('WSS: configure must be given an object of options')
    const { bridge, log, settings } = parts(this)
    const wanted = readOptions(options)
    const late = bridge.started ? differences(settings, wanted) : []
    if (late.length > 0) {
      throw new Error(
        `WSS: configure comes too late for ${late.join(', ')}: the room server has started ` +
          '(with addWebsockets, or with the first look at a room)',
      )
    }
    Object.assign(settings, wanted)
    if (wanted.onLog) log.listener = wanted.onLog
    if (options.debug !== undefined) this.debug = wanted.debug
  }

  // --- rooms ---

  get rooms() {
    return parts(this).rooms.proxy
  }

  set rooms(rooms) {
    parts(this).rooms.replace(rooms)
  }

  /** @param {string} id */
  room(id) {
    return parts(this).rooms.open(String(id))?.object
  }

  /**
   * Closes a room: all clients in it, and then the room itself.
   * @param {string} roomId
   * @param {string} [msg] the reason that the clients get
   */
  closeRoom(roomId, msg) {
    return parts(this).leaving.closeRoom(roomId, msg)
  }

  /**
   * Closes a client that is in the room.
   * @param {string} roomId
   * @param {string} clientId
   * @param {string} [msg] the reason that it gets
   */
  ejectClient(roomId, clientId, msg) {
    return parts(this).leaving.eject(roomId, clientId, msg)
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
   * @param {AttachOptions} [options]
   */
  addWebsockets(httpServer, { ready } = {}) {
    const { bridge, hooks, endpoint, log } = parts(this)
    // Hooks that a subclass defines have not passed the setters.
    bridge.setHooks(hooks.mask)
    // Here and not with the first client is the place for an error about a missing native part.
    bridge.serve()
    attach(httpServer, endpoint, ready)
    log.write('info', `serving websockets on ${endpoint.path}`)
  }

  /**
   * @param {any} sws
   * @param {string} reason cut to what a close frame can hold
   */
  closeSocket(sws, reason) {
    sws.close(REFUSED, closeReason(String(reason)))
  }

  /**
   * Ends all connections and the engine's threads; no connection can be made from now on.
   * @param {CloseOptions} [options] of the first call
   * @returns {Promise<void>} the same for all calls
   */
  close(options) {
    return parts(this).ending.close(options)
  }

  // --- seeing in ---

  stats() {
    const { bridge, times, since } = parts(this)
    return readStats(bridge, times, since)
  }

  /** The statistics as OpenMetrics text. */
  metrics() {
    return metricsText(this.stats())
  }

  /** @returns {((record: LogRecord) => void) | undefined} */
  get onLog() {
    return parts(this).log.listener
  }

  set onLog(listener) {
    parts(this).log.listener = listener
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

  get onLoadRoom() {
    return parts(this).hookSet.onLoadRoom
  }

  set onLoadRoom(hook) {
    setHook(this, 'onLoadRoom', hook)
  }

  get onJoin() {
    return parts(this).hookSet.onJoin
  }

  set onJoin(hook) {
    setHook(this, 'onJoin', hook)
  }

  get onDrop() {
    return parts(this).hookSet.onDrop
  }

  set onDrop(hook) {
    setHook(this, 'onDrop', hook)
  }

  get onResume() {
    return parts(this).hookSet.onResume
  }

  set onResume(hook) {
    setHook(this, 'onResume', hook)
  }

  get onDisposeRoom() {
    return parts(this).hookSet.onDisposeRoom
  }

  set onDisposeRoom(hook) {
    setHook(this, 'onDisposeRoom', hook)
  }

  get onError() {
    return parts(this).hookSet.onError
  }

  set onError(hook) {
    setHook(this, 'onError', hook)
  }
}

/**
 * @param {WSS} wss
 * @param {Settings} settings
 */
function makeParts(wss, settings) {
  const log = new Log(wss, settings)
  const bridge = new Bridge(() => ({ ...settings.native, logLevel: log.engineLevel }))
  const connections = new Connections(bridge)
  const rooms = new RoomsView(bridge, connections)
  const times = new HookTimes()
  const leaves = new LeaveHooks(times)
  const errors = new HookErrors(wss, log)
  const calls = new HookCalls(bridge, times, errors, settings)
  const leaving = new Leaving(wss, bridge, rooms, leaves, errors)
  connections.eject = (roomId, clientId, msg) => leaving.eject(roomId, clientId, msg)
  const hooks = new Hooks(wss, bridge, rooms, connections, calls)
  const life = new LifeHooks(wss, { bridge, rooms, connections, leaving, times }, calls, errors)
  const sockets = new SocketEvents(connections, leaving)
  const relay = new Relay(bridge)
  const ending = new Ending(bridge, leaves)
  const endpoint = new Endpoint(bridge, relay, settings, ending, log)
  const events = new Events(bridge, { hooks, life, sockets, relay }, calls)
  bridge.onWake = () => {
    log.take(bridge)
    events.take()
  }
  /** @type {HookSet} */
  const hookSet = {}
  const since = performance.now()
  return {
    bridge,
    connections,
    rooms,
    hooks,
    leaving,
    endpoint,
    ending,
    log,
    settings,
    times,
    since,
    hookSet,
  }
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
