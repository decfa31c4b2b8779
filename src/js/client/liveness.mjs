/**
 * Notices a connection that is dead though nobody has said so: something is awaited, and nothing at all has come for a while.
 *
 * A page does not see pings, so silence alone means nothing: the room may be quiet. But a server that has granted resume acknowledges what
 * it got with its next heartbeat.
 */

import { after } from './timer.mjs'

export class Liveness {
  #afterMs
  #awaiting
  #frozen
  #since = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer

  /**
   * @param {number} afterMs
   * @param {() => boolean} awaiting is anything awaited?
   * @param {() => void} frozen
   */
  constructor(afterMs, awaiting, frozen) {
    this.#afterMs = afterMs
    this.#awaiting = awaiting
    this.#frozen = frozen
  }

  /** Something has come. */
  heard() {
    this.#since = Date.now()
  }

  /** Something has been sent that will be answered. */
  watch() {
    if (this.#timer !== undefined) return
    this.heard()
    this.#arm(this.#afterMs)
  }

  stop() {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** @param {number} ms */
  #arm(ms) {
    this.#timer = after(() => this.#check(), ms)
  }

  #check() {
    this.#timer = undefined
    if (!this.#awaiting()) return
    const left = this.#since + this.#afterMs - Date.now()
    if (left > 0) this.#arm(left)
    else this.#frozen()
  }
}
