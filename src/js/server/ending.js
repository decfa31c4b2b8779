'use strict'

/**
 * The end: clients are told in batches, so that they don't all come back at once, what was queued for them is
 * delivered first, those who take too long are cut, and leave hooks get to run. A timer keeps the process
 * until then, and nothing does afterwards.
 */

const { closeCode, closeReason } = require('./frames')
const { wholeNumber } = require('./options')

/** @import { CloseOptions } from '../../../index.js' */
/** @import { Bridge } from './bridge' */
/** @import { LeaveHooks } from './leave-hooks' */

/** Between two batches. */
const BATCH_MS = 50
/** Between two looks whether all are gone. */
const LOOK_MS = 5
/** So many clients at least are told at once. */
const BATCH = 250
/** Telling them takes at most this part of the time that there is; the rest is for what is queued. */
const TELLING = 0.5
/** So long the leaves of those who were cut may take. */
const CUT_MS = 1000
/** So long the process is kept for clients of an http server that has closed. */
const LINGER_MS = 5000
/** As many as there are; a native number. */
const ALL = 2 ** 32 - 1

class Ending {
  #bridge
  #leaves
  /** @type {Promise<void> | undefined} */
  #promise
  #lingering = false

  /**
   * @param {Bridge} bridge
   * @param {LeaveHooks} leaves
   */
  constructor(bridge, leaves) {
    this.#bridge = bridge
    this.#leaves = leaves
  }

  /** From the first moment on: no connection is made any more. */
  get begun() {
    return this.#promise !== undefined
  }

  /**
   * @param {CloseOptions} [options] of the first call; the others get its promise
   * @returns {Promise<void>}
   */
  close(options) {
    this.#leaves.callerWaits()
    try {
      this.#promise ??= this.#end(readEnd(options))
      return this.#promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** @param {ReturnType<typeof readEnd>} options */
  async #end({ code, reason, drainMs, batch }) {
    if (!this.#bridge.started) return
    const deadline = performance.now() + drainMs
    await this.#tellAll(code, reason, batch ?? this.#batchFor(drainMs))
    await this.#until(deadline, () => this.#isOver)
    if (this.#open > 0) {
      // Once more round, so that what was queued just now is written as far as the sockets take it.
      await pause(LOOK_MS)
      this.#bridge.native.cutAll()
      await this.#until(performance.now() + CUT_MS, () => this.#open === 0)
    }
    this.#bridge.stop()
  }

  /** @param {number} drainMs */
  #batchFor(drainMs) {
    const turns = Math.floor((drainMs * TELLING) / BATCH_MS)
    return turns < 1 ? ALL : Math.max(BATCH, Math.ceil(this.#open / turns))
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {number} batch
   */
  async #tellAll(code, reason, batch) {
    // What was said to clients before comes before the end.
    this.#bridge.run()
    while (this.#bridge.native.closeSome(batch, code, reason) > 0) {
      await pause(BATCH_MS)
      this.#bridge.run()
    }
  }

  /**
   * @param {number} deadline
   * @param {() => boolean} isOver
   */
  async #until(deadline, isOver) {
    while (!isOver() && performance.now() < deadline) await pause(LOOK_MS)
  }

  get #open() {
    return this.#bridge.native.openConnections()
  }

  get #isOver() {
    return this.#open === 0 && !this.#leaves.areWaitedFor
  }

  /**
   * An http server has closed, and its clients have been told: nothing else may keep the process until they
   * have left.
   */
  async linger() {
    if (this.#lingering || this.begun || !this.#bridge.started) return
    this.#lingering = true
    await this.#until(performance.now() + LINGER_MS, () => this.begun || this.#isQuiet)
    this.#lingering = false
  }

  /** Nobody is closing: those who are left stay. */
  get #isQuiet() {
    const staying = this.#bridge.native.closeSome(0, 1001, '')
    return this.#open === staying && !this.#leaves.areWaitedFor
  }
}

/** Keeps the process alive meanwhile. @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** @param {CloseOptions} [options] */
function readEnd({ code = 1001, reason = 'server going away', drainMs = 5000, batch } = {}) {
  if (typeof drainMs !== 'number') throw new TypeError('close: drainMs must be a number')
  if (!(drainMs >= 0 && drainMs < 2 ** 31))
    throw new RangeError('close: drainMs must be from 0 to 2147483647')
  if (batch !== undefined) wholeNumber('batch', batch, ALL)
  return { code: closeCode(code), reason: closeReason(reason), drainMs, batch }
}

exports.Ending = Ending
