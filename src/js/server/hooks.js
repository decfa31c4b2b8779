'use strict'

/**
 * Calls the application's hooks for what clients ask, and gives the engine what becomes of it. Nothing that a
 * hook throws or returns gets further than its client.
 *
 * Hooks are looked up when they are called. Where one has been unset since the engine wrote the event, the
 * event takes the course that it has without a hook.
 */

const { reasonOf } = require('./errors')
const { actionReq, changeReq, helloReq } = require('./requests')
const { admission, answer, commitment } = require('./results')

/** @import { ActionReq, ChangeReq, HelloReq, HookFailure } from '../../../index.js' */
/** @import { Bridge } from './bridge' */
/** @import { Connection, Connections } from './connections' */
/** @import { HookCall, HookCalls, Refuse } from './hook-calls' */
/** @import { Room } from './room-view' */
/** @import { RoomsView } from './rooms-view' */
/** @import { WSS } from './wss' */

/** What a client is told whose room has been deleted, as the engine tells it. */
const NO_ROOM = 'the client is not in a room'

/** The hooks of which the engine has to know, each at the place of its bit. */
const BITS = /** @type {const} */ ([
  'onHelloReq',
  'onChangeReq',
  'onActionReq',
  'onLeave',
  'onLoadRoom',
  'onJoin',
  'onDisposeRoom',
  'onDrop',
  'onResume',
])

/** Not looked up on the promise: an application may give it one of its own, which `await` would not call either. */
const { then } = Promise.prototype

class Hooks {
  /** Set by the events' owner: the hook that was called last has settled, and its effect is written. */
  onSettled = () => {}

  #wss
  #bridge
  #rooms
  #connections
  #calls

  /** @type {Refuse} */
  #refuseHello = (error, call) =>
    this.#refuse('F', call.number, /** @type {Connection} */ (call.connection), error)

  /** @type {Refuse} */
  #refuseRequest = (error, call) =>
    this.#refuse('E', call.number, /** @type {Connection} */ (call.connection), error)

  /**
   * @param {WSS} wss whose hooks they are: their first argument and their `this`
   * @param {Bridge} bridge
   * @param {RoomsView} rooms
   * @param {Connections} connections
   * @param {HookCalls} calls
   */
  constructor(wss, bridge, rooms, connections, calls) {
    this.#wss = wss
    this.#bridge = bridge
    this.#rooms = rooms
    this.#connections = connections
    this.#calls = calls
  }

  /** The engine's mask of the hooks that are set, whether assigned or a subclass's methods. */
  get mask() {
    const bits = BITS.map((name, bit) => (typeof this.#wss[name] === 'function' ? 1 << bit : 0))
    return bits.reduce((mask, bit) => mask | bit)
  }

  // --- hello ---

  /**
   * @param {number} n
   * @param {any} message
   */
  hello(n, message) {
    const connection = this.#connections.meet(n)
    this.#hello(connection, helloReq(message))
    return true
  }

  /**
   * @param {Connection} connection
   * @param {HelloReq} req
   */
  #hello(connection, req) {
    const wss = this.#wss
    const hook = wss.onHelloReq
    const call = this.#begin('onHelloReq', connection, req.roomId, connection.n, this.#refuseHello)
    try {
      const given =
        typeof hook === 'function' ? hook.call(wss, wss, req, connection.id, connection.socket) : req
      this.#follow(call, given, (result) => this.#admit(connection, admission(req, result)))
    } catch (error) {
      this.#failed(call, error)
    }
  }

  /**
   * @param {Connection} connection
   * @param {ReturnType<typeof admission>} result
   */
  #admit(connection, result) {
    if (connection.closed) return
    // Behind what the hook changed in other clients: they are part of what the joiner gets.
    this.#bridge.writeBehind(`H ${connection.n} ${JSON.stringify(result)}`)
    // A room may have been made, or have got a client.
    this.#bridge.invalidate()
    connection.lastRoom = result.roomId
    connection.asClient().admit(result)
  }

  // --- changes and actions ---

  /**
   * @param {number} number of the call
   * @param {number} n
   * @param {number} key
   * @param {any} message
   */
  change(number, n, key, message) {
    const connection = this.#connections.meet(n)
    const room = connection.ending ? undefined : this.#rooms.ofEvent(key, n)
    if (!room) return this.#strand(number)
    this.#change(number, connection, room, changeReq(message))
    return true
  }

  /**
   * @param {number} number of the call
   * @param {Connection} connection
   * @param {Room} room
   * @param {ChangeReq} req
   */
  #change(number, connection, room, req) {
    const wss = this.#wss
    const hook = wss.onChangeReq
    const call = this.#begin('onChangeReq', connection, room.id, number, this.#refuseRequest)
    try {
      const { info } = room.clients.member(connection)
      const given =
        typeof hook === 'function' ? hook.call(wss, wss, req, room.object, connection.id, info) : req
      this.#follow(call, given, (result) => this.#commit(number, connection, room, commitment(req, result)))
    } catch (error) {
      this.#failed(call, error)
    }
  }

  /**
   * @param {number} number of the call
   * @param {Connection} connection
   * @param {Room} room
   * @param {ReturnType<typeof commitment>} result
   */
  #commit(number, connection, room, { flags, roomChanges, clientChanges, json }) {
    // Behind what the application changed in the client's state: these changes come on top.
    connection.client?.settle()
    this.#bridge.writeBehind(`C ${number} ${flags} ${json}`)
    if (!this.#bridge.commitsAtOnce) return room.expire()
    if (clientChanges) {
      connection.client?.commit(clientChanges)
      room.clients.expire()
    }
    if (!roomChanges) return
    if (connection.client?.isWriter) room.state.commit(roomChanges)
    else room.state.expire()
  }

  /**
   * @param {any[]} batch
   * @param {number} at where in it the event's values are
   */
  action(batch, at) {
    const number = batch[at]
    const n = batch[at + 1]
    const key = batch[at + 2]
    const connection = this.#connections.meet(n)
    const room = connection.ending ? undefined : this.#rooms.ofEvent(key, n)
    if (!room) return this.#strand(number)
    this.#action(number, connection, room, actionReq(batch[at + 3], batch[at + 4], batch[at + 5]))
    return true
  }

  /**
   * @param {number} number of the call
   * @param {Connection} connection
   * @param {Room} room
   * @param {ActionReq} req
   */
  #action(number, connection, room, req) {
    const wss = this.#wss
    const hook = wss.onActionReq
    if (typeof hook !== 'function')
      return this.#refuse('E', number, connection, new Error('unhandled actions'))
    const call = this.#begin('onActionReq', connection, room.id, number, this.#refuseRequest)
    try {
      const { info } = room.clients.member(connection)
      const given = hook.call(wss, wss, req, room.object, connection.id, info)
      this.#follow(call, given, (result) => this.#answer(number, connection, answer(req, result)))
    } catch (error) {
      this.#failed(call, error)
    }
  }

  /**
   * @param {number} number of the call
   * @param {Connection} connection
   * @param {string} text
   */
  #answer(number, connection, text) {
    this.#bridge.write(`A ${number} ${text}`)
    connection.client?.settle()
  }

  // --- calls ---

  /**
   * @param {HookFailure['hook']} hook
   * @param {Connection} connection
   * @param {string} roomId
   * @param {number} number of the call, or of the connection that says hello
   * @param {Refuse} refuse
   */
  #begin(hook, connection, roomId, number, refuse) {
    const call = this.#calls.begin(hook, connection, roomId, refuse)
    call.number = number
    return call
  }

  /**
   * Waits for what a hook has given as `await` does, for less: an async function for each call makes three objects more.
   * @param {HookCall} call
   * @param {unknown} given
   * @param {(result: any) => void} use gets the result, unless it comes too late
   */
  #follow(call, given, use) {
    const settled = (/** @type {unknown} */ result) => {
      try {
        if (this.#calls.settle(call)) use(result)
      } catch (error) {
        this.#calls.fail(call, error)
      }
      this.#end(call)
    }
    then.call(Promise.resolve(given), settled, (error) => this.#failed(call, error))
  }

  /**
   * @param {HookCall} call
   * @param {unknown} error
   */
  #failed(call, error) {
    this.#calls.fail(call, error)
    this.#end(call)
  }

  /** @param {HookCall} call */
  #end(call) {
    if (this.#calls.isLatest(call)) this.onSettled()
  }

  /** The client was closed, or its room deleted, after it had asked. @param {number} number of the call */
  #strand(number) {
    this.#bridge.write(`E ${number} ${JSON.stringify(`error: ${NO_ROOM}`)}`)
    return false
  }

  /**
   * @param {'E' | 'F'} command closes the client with a reason
   * @param {number} number of the call, or of the connection
   * @param {Connection} connection
   * @param {unknown} error
   */
  #refuse(command, number, connection, error) {
    const reason = reasonOf(error)
    connection.end()
    this.#bridge.write(`${command} ${number} ${JSON.stringify(reason)}`)
  }
}

exports.Hooks = Hooks
