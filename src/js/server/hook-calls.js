'use strict'

/**
 * The calls of hooks for which a client waits, and their time limit. Most hooks settle at once: only those
 * that still run at the end of a batch of events are registered, and one timer, for the oldest, serves all of
 * them. It keeps no process alive.
 */

/** @import { HookFailure } from '../../../index.js' */
/** @import { Bridge } from './bridge' */
/** @import { Connection } from './connections' */
/** @import { HookErrors } from './hook-errors' */
/** @import { HookTimes } from './hook-times' */
/** @import { Settings } from './options' */

/**
 * Says to those who wait for a call that it has failed. One function serves many calls: most are never refused.
 * @typedef {(error: unknown, call: HookCall) => void} Refuse
 */

/** One call. */
class HookCall {
  settled = false
  /** The time limit has answered in its place; what comes now is dropped. */
  timedOut = false
  /** When its time is over, by performance.now(). */
  due = 0
  /** What the engine knows it by, where that is not the room: set by who begins it. */
  number = 0

  /**
   * @param {HookFailure['hook']} hook
   * @param {Connection | undefined} connection who waits
   * @param {string} roomId
   * @param {number} since
   * @param {Refuse} refuse
   */
  constructor(hook, connection, roomId, since, refuse) {
    this.hook = hook
    this.connection = connection
    this.roomId = roomId
    this.since = since
    this.refuse = refuse
  }
}

class HookCalls {
  #bridge
  #times
  #errors
  #settings
  /** Begun last. @type {HookCall | undefined} */
  #latest
  /** Begun before it in this batch, and not settled when the next one began. @type {HookCall[]} */
  #fresh = []
  /** Those that really wait, the oldest first. @type {Set<HookCall>} */
  #waiting = new Set()
  /** @type {NodeJS.Timeout | undefined} */
  #timer

  /**
   * @param {Bridge} bridge
   * @param {HookTimes} times
   * @param {HookErrors} errors
   * @param {Settings} settings
   */
  constructor(bridge, times, errors, settings) {
    this.#bridge = bridge
    this.#times = times
    this.#errors = errors
    this.#settings = settings
  }

  /**
   * A hook is about to be called.
   * @param {HookFailure['hook']} hook
   * @param {Connection | undefined} connection
   * @param {string} roomId
   * @param {Refuse} refuse
   */
  begin(hook, connection, roomId, refuse) {
    const call = new HookCall(hook, connection, roomId, this.#bridge.lookedAt, refuse)
    this.#keepLatest()
    this.#latest = call
    return call
  }

  /** Whether no other call has begun since, in its batch of events. @param {HookCall} call */
  isLatest(call) {
    return call === this.#latest
  }

  #keepLatest() {
    if (this.#latest && !this.#latest.settled) this.#fresh.push(this.#latest)
    this.#latest = undefined
  }

  /**
   * The hook has given its result.
   * @param {HookCall} call
   * @returns {boolean} whether it counts
   */
  settle(call) {
    return this.#settle(call, false)
  }

  /**
   * @param {HookCall} call
   * @param {boolean} failed
   */
  #settle(call, failed) {
    if (call.settled) return !call.timedOut
    call.settled = true
    if (call.due > 0) this.#waiting.delete(call)
    this.#times.add(call.hook, this.#bridge.look() - call.since, failed)
    return true
  }

  /**
   * The hook has thrown, or its result can't be used.
   * @param {HookCall} call
   * @param {unknown} error
   */
  fail(call, error) {
    if (!this.#settle(call, true)) return
    call.refuse(error, call)
    const where = { hook: call.hook, clientId: call.connection?.id, roomId: call.roomId }
    // A client whose request is refused is told why: that is not always an error of the server's.
    if (call.connection) this.#errors.tell(error, where)
    else this.#errors.tellSomebody(error, where)
  }

  /** A batch of events is done: what has not settled by now waits for something. */
  batchDone() {
    this.#keepLatest()
    if (this.#fresh.length === 0) return
    const due = this.#bridge.look() + this.#settings.hookTimeoutMs
    for (const call of this.#fresh) if (!call.settled) this.#register(call, due)
    this.#fresh = []
    this.#arm()
  }

  /**
   * @param {HookCall} call
   * @param {number} due
   */
  #register(call, due) {
    // What the hook may ask for later the engine knows only as long as the connection is there.
    void call.connection?.socket
    if (this.#settings.hookTimeoutMs === 0) return
    call.due = due
    this.#waiting.add(call)
  }

  #arm() {
    const [oldest] = this.#waiting
    if (!oldest || this.#timer) return
    const ms = Math.max(1, Math.ceil(oldest.due - this.#bridge.look()))
    this.#timer = setTimeout(() => this.#expire(), ms)
    this.#timer.unref()
  }

  #expire() {
    this.#timer = undefined
    const now = this.#bridge.look()
    for (const call of this.#waiting) {
      if (call.due > now) break
      this.fail(call, new Error(`${call.hook} timed out`))
      call.timedOut = true
    }
    this.#arm()
  }
}

exports.HookCall = HookCall
exports.HookCalls = HookCalls
