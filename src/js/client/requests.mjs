/** The actions that wait for their answers. Owns their promises, time limits and signals. */

import { RoomClientError } from './errors.mjs'
import { after } from './timer.mjs'

const TIMEOUT_MS = 10_000

/** Before the number of an action. */
const ID = 'action:'

/**
 * @typedef {object} Pending
 * @property {(answer: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {number} number of the message in the session
 */

export class Requests {
  /** As many as the application makes. @type {Map<string, Pending>} */
  #pending = new Map()
  #latest = 0
  /** Those who wait for the last answer. @type {(() => void)[]} */
  #idle = []

  /**
   * @param {(id: string) => number} send
   * @param {import('./index.mjs').ActionOptions} [options]
   * @returns {Promise<any>}
   */
  async ask(send, { timeoutMs = TIMEOUT_MS, signal } = {}) {
    if (signal?.aborted) throw aborted(signal)
    const id = ID + ++this.#latest
    const pending = /** @type {Pending} */ ({ number: 0 })
    const answer = new Promise((resolve, reject) => Object.assign(pending, { resolve, reject }))
    this.#pending.set(id, pending)
    const abort = () => this.#reject(id, aborted(signal))
    const late = () => this.#reject(id, new RoomClientError('TIMEOUT', `no answer within ${timeoutMs} ms`))
    const timer = after(late, timeoutMs)
    signal?.addEventListener('abort', abort)
    try {
      pending.number = send(id)
      return await answer
    } finally {
      this.#pending.delete(id)
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      if (this.#pending.size === 0) for (const done of this.#idle.splice(0)) done()
    }
  }

  /**
   * @param {any} answer an ACTION_RESP
   * @returns {boolean} whether it is to something that was asked here; nobody may wait for it any more
   */
  answer(answer) {
    const pending = this.#pending.get(answer.id)
    if (!pending) return Number(String(answer.id).split(ID)[1]) <= this.#latest
    if (answer.success) pending.resolve(answer)
    else pending.reject(refused(answer))
    return true
  }

  /**
   * What the server never got is lost, and after a snapshot so are the answers to what it has. Those to be sent again may have other
   * numbers now.
   * @param {import('./session.mjs').Welcomed} welcomed
   */
  welcomed({ outcome, received, missing }) {
    if (outcome === 'new') return this.lose()
    for (const pending of this.#pending.values()) {
      const isTaken = pending.number <= received
      if (isTaken ? outcome === 'snapshot' : pending.number <= received + missing) pending.reject(lost())
      else if (!isTaken) pending.number -= missing
    }
  }

  /** Nobody knows what became of them. */
  lose() {
    this.end(lost())
  }

  /** @param {Error} error */
  end(error) {
    for (const { reject } of this.#pending.values()) reject(error)
  }

  /** Resolves when nothing is waited for. @returns {Promise<void>} */
  idle() {
    return this.#pending.size === 0 ? Promise.resolve() : new Promise((done) => this.#idle.push(done))
  }

  /** @param {string} id @param {Error} error */
  #reject(id, error) {
    this.#pending.get(id)?.reject(error)
  }
}

const lost = () => new RoomClientError('LOST', 'the connection was lost: this may or may not have been done')

/** @param {{ reason?: unknown } | undefined} signal */
const aborted = (signal) => new RoomClientError('ABORTED', 'aborted', { cause: signal?.reason })

/** @param {any} response */
const refused = (response) => new RoomClientError('REFUSED', response.msg ?? 'refused', { response })
