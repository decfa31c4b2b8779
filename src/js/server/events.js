'use strict'

/**
 * Takes the engine's events in batches and hands them on one at a time, as if each had been a turn of the
 * event loop: what a hook does without really waiting is done before the next event is looked at.
 *
 * Two things bring the next event on. A request whose hook has settled, and whose effect is written, is
 * followed by the next request at once. Everything else (a hook that really waits, events that are no
 * requests) is followed when all microtasks are done, which costs more to find out.
 */

const { atEndOfTurn } = require('./turn')

/** @import { Bridge } from './bridge' */
/** @import { HookCalls } from './hook-calls' */
/** @import { Hooks } from './hooks' */
/** @import { LifeHooks } from './life-hooks' */
/** @import { Relay } from './relay' */
/** @import { SocketEvents } from './socket-events' */

const HELLO = 1
const CHANGE = 2
const ACTION = 3
/** Up to here events are requests of clients, for whose answers they wait. */
const LAST_REQUEST = ACTION
const CLOSED = 4
const PONG = 5
const RELAY = 6
const FLOW = 7
const ANSWER = 8
const LOAD = 9
const JOINED = 10
const IDLE = 11
const DROPPED = 12
const RESUMED = 13

/** How many values an event has in the flat array of a batch, by its kind. */
const SIZES = [0, 3, 5, 7, 5, 3, 1, 3, 3, 3, 3, 3, 3, 3]

class Events {
  #bridge
  #hooks
  #life
  #sockets
  #relay
  #calls
  /** The batch: events one after the other, each a run of values that begins with its kind. @type {any[]} */
  #batch = []
  /** Where in the batch the next event begins. */
  #at = 0
  #busy = false
  /** The event that was handled last called the hook of a request. */
  #hookCalled = false
  #continueLater = atEndOfTurn(() => this.#continue())

  /**
   * @param {Bridge} bridge
   * @param {{ hooks: Hooks, life: LifeHooks, sockets: SocketEvents, relay: Relay }} handlers
   * @param {HookCalls} calls told when a batch is done
   */
  constructor(bridge, { hooks, life, sockets, relay }, calls) {
    this.#bridge = bridge
    this.#hooks = hooks
    this.#life = life
    this.#sockets = sockets
    this.#relay = relay
    this.#calls = calls
    hooks.onSettled = () => this.#goOn()
  }

  /**
   * There are events: takes one batch. Not a second one in the same turn, so that the application's other
   * work gets its share.
   */
  take() {
    if (this.#busy) return
    const text = this.#bridge.native.take()
    if (text === null) return
    this.#batch = JSON.parse(text)
    this.#at = 0
    this.#busy = true
    this.#bridge.beginBatch()
    this.#continue()
  }

  #continue() {
    let done = false
    try {
      done = this.#handleUntilHook()
    } finally {
      // Also when a listener of the application has thrown: that goes its usual way, and the other events
      // still have to be handled.
      if (done) this.#finish()
      else this.#continueLater()
    }
  }

  #finish() {
    this.#busy = false
    this.#batch = []
    this.#calls.batchDone()
    this.#bridge.endBatch()
    if (!this.#bridge.native.rest()) setImmediate(() => this.take())
  }

  /** @returns {boolean} false when the application was called: its microtasks come before the next event */
  #handleUntilHook() {
    while (this.#at < this.#batch.length) {
      this.#bridge.flushIfDue()
      if (this.#handleNext()) return false
    }
    return true
  }

  /**
   * The hook that was called last has settled. Leases that are due wait for the end of the microtasks: until
   * then rooms stay as the application sees them.
   */
  #goOn() {
    if (!this.#hookCalled || this.#bridge.flushIsDue) return
    while (this.#batch[this.#at] <= LAST_REQUEST) if (this.#handleNext()) return
  }

  /** @returns {boolean} whether the application was called */
  #handleNext() {
    const at = this.#at
    const kind = this.#batch[at]
    this.#at += SIZES[kind] ?? this.#batch.length
    // A hook that throws at once has settled before it has been called to the end.
    this.#hookCalled = false
    const called = this.#handle(this.#batch, at)
    this.#hookCalled = called && kind <= LAST_REQUEST
    return called
  }

  /**
   * @param {any[]} batch
   * @param {number} at
   * @returns {boolean} whether the application was called
   */
  #handle(batch, at) {
    switch (batch[at]) {
      case HELLO:
        return this.#hooks.hello(batch[at + 1], batch[at + 2])
      case CHANGE:
        return this.#hooks.change(batch[at + 1], batch[at + 2], batch[at + 3], batch[at + 4])
      case ACTION:
        return this.#hooks.action(batch, at + 1)
      case CLOSED:
        return this.#sockets.closed(batch[at + 1], batch[at + 2], batch[at + 3], batch[at + 4])
      case PONG:
        return this.#sockets.pong(batch[at + 1], batch[at + 2])
      case RELAY:
        this.#relay.write()
        return false
      case FLOW:
        this.#relay.pause(batch[at + 1], batch[at + 2] === 1)
        return false
      case ANSWER:
        return this.#sockets.answer(batch[at + 1], batch[at + 2])
      case LOAD:
        return this.#life.load(batch[at + 1], batch[at + 2])
      case JOINED:
        return this.#life.join(batch[at + 1], batch[at + 2])
      case IDLE:
        return this.#life.idle(batch[at + 1], batch[at + 2])
      case DROPPED:
        return this.#life.drop(batch[at + 1], batch[at + 2])
      case RESUMED:
        return this.#life.resume(batch[at + 1], batch[at + 2])
      default:
        throw new Error(`the native part sent an event of an unknown kind: ${batch[at]}`)
    }
  }
}

exports.Events = Events
