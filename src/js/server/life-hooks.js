'use strict'

/**
 * The life of a room as the application's hooks see it: loaded before its first client, entered by clients who
 * may lose their connections and come back, disposed of when it has been empty for its time.
 */

const { reasonOf } = require('./errors')
const { roomOf } = require('./room-view')

/** @import { HandleJoin } from '../../../index.js' */
/** @import { Bridge } from './bridge' */
/** @import { Connection, Connections } from './connections' */
/** @import { HookCalls } from './hook-calls' */
/** @import { HookErrors } from './hook-errors' */
/** @import { HookTimes } from './hook-times' */
/** @import { Leaving } from './leaving' */
/** @import { Room } from './room-view' */
/** @import { RoomsView } from './rooms-view' */
/** @import { WSS } from './wss' */

/**
 * @typedef {object} LifeParts
 * @property {Bridge} bridge
 * @property {RoomsView} rooms
 * @property {Connections} connections
 * @property {Leaving} leaving
 * @property {HookTimes} times
 */

class LifeHooks {
  #wss
  #bridge
  #rooms
  #connections
  #leaving
  #times
  #calls
  #errors

  /**
   * @param {WSS} wss whose hooks are called
   * @param {LifeParts} parts
   * @param {HookCalls} calls
   * @param {HookErrors} errors
   */
  constructor(wss, { bridge, rooms, connections, leaving, times }, calls, errors) {
    this.#wss = wss
    this.#bridge = bridge
    this.#rooms = rooms
    this.#connections = connections
    this.#leaving = leaving
    this.#times = times
    this.#calls = calls
    this.#errors = errors
  }

  // --- load: clients wait for it ---

  /**
   * @param {number} key
   * @param {string} id
   */
  load(key, id) {
    const room = this.#rooms.ofKey(key, id)
    if (!room) return false
    this.#load(room)
    return true
  }

  /** @param {Room} room */
  async #load(room) {
    const wss = this.#wss
    const hook = wss.onLoadRoom
    const call = this.#calls.begin('onLoadRoom', undefined, room.id, (error) => this.#refuse(room, error))
    try {
      const result = typeof hook === 'function' ? await hook.call(wss, wss, room.object) : undefined
      if (this.#calls.settle(call)) this.#loaded(room, result)
    } catch (error) {
      this.#calls.fail(call, error)
    }
  }

  /**
   * @param {Room} room
   * @param {unknown} result
   */
  #loaded(room, result) {
    // Deleted or replaced meanwhile: those who waited have gone on to the next one.
    if (!room.live) return
    if (isState(result)) room.state.replace(result)
    this.#bridge.writeBehind(`L ${room.key}`)
  }

  /**
   * @param {Room} room
   * @param {unknown} error
   */
  #refuse(room, error) {
    this.#rooms.discard(room, `Y ${room.key} ${JSON.stringify(reasonOf(error))}`)
  }

  // --- join, drop, resume and dispose: nobody waits for them ---

  /**
   * @param {number} n
   * @param {number} key
   */
  join(n, key) {
    return this.#tell('onJoin', this.#connections.meet(n), key)
  }

  /**
   * A client has lost its connection and may come back.
   * @param {number} n
   * @param {number} key
   */
  drop(n, key) {
    return this.#tell('onDrop', this.#connections.meet(n), key)
  }

  /**
   * A client has a new connection.
   * @param {number} n
   * @param {number} key
   */
  resume(n, key) {
    const connection = this.#connections.meet(n)
    connection.renew()
    return this.#tell('onResume', connection, key)
  }

  /**
   * @param {'onJoin' | 'onDrop' | 'onResume'} name
   * @param {Connection} connection
   * @param {number} key
   * @returns {boolean} whether there was anybody to tell, of a client that is there
   */
  #tell(name, connection, key) {
    const hook = this.#wss[name]
    if (typeof hook !== 'function') return false
    const room = this.#rooms.ofEvent(key, connection.n)
    // Ejected or taken out before its turn came.
    if (!room?.clients.find(connection.id)) return false
    this.#call(name, hook, room, connection)
    return true
  }

  /**
   * @param {'onJoin' | 'onDrop' | 'onResume'} name
   * @param {HandleJoin} hook
   * @param {Room} room
   * @param {Connection} connection
   */
  async #call(name, hook, room, connection) {
    const wss = this.#wss
    const since = this.#bridge.lookedAt
    const { info } = room.clients.member(connection)
    try {
      await hook.call(wss, wss, room.object, connection.id, info)
      this.#times.add(name, this.#bridge.look() - since, false)
    } catch (error) {
      this.#times.add(name, this.#bridge.look() - since, true)
      this.#errors.tellSomebody(error, { hook: name, clientId: connection.id, roomId: room.id })
    }
  }

  /**
   * The room has been empty for its time.
   * @param {number} key
   * @param {string} id
   */
  idle(key, id) {
    const room = this.#rooms.ofKey(key, id)
    if (!room || room.counts().clients > 0) return false
    this.#leaving.dispose(room)
    return true
  }
}

/**
 * Whether a load hook has returned a state. The room itself, its state and what a hook returns by the way
 * (the results of `Promise.all`, say) are none.
 * @param {any} result
 */
function isState(result) {
  return result !== null && typeof result === 'object' && !Array.isArray(result) && !roomOf(result)
}

exports.LifeHooks = LifeHooks
