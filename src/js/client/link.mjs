/**
 * Keeps a connection to the server: dials, says hello, notices the end, and dials again for as long as that makes sense. Owns the
 * status and its reason.
 *
 * connecting ──welcome──► open ──cut──► reconnecting ──welcome──► open
 *      └──────────── refused, left, given up ────────────┴──────► closed
 */

import { comeback, CUT, FROZEN, NORMAL, REFUSED } from '../protocol/close-codes.mjs'
import { CLOSE_REQ, HELLO_FAIL_RESP, HELLO_SUCCESS_RESP } from '../protocol/messages.mjs'
import { Connection } from './connection.mjs'
import { Liveness } from './liveness.mjs'
import { Backoff } from './reconnect.mjs'
import { after } from './timer.mjs'

/** A connection that has held for so long was a good one: what comes after it is no repeated failure. */
const GOOD_MS = 5_000

/** Node has no such events. */
const page = /** @type {Partial<EventTarget>} */ (globalThis)

/**
 * @typedef {object} LinkOwner
 * @property {() => unknown} hello the hello's members, or a promise of them: asked for each attempt
 * @property {() => boolean} awaiting is anything awaited that is sure to come?
 * @property {() => boolean} resumable would another connection go on where this one ended?
 * @property {(message: any) => void} welcomed
 * @property {(message: any, counts: boolean) => void} received an object, or what else was sent; whether it came behind the welcome
 * @property {() => void} changed the status
 */

/**
 * 1002 is final, but for a hello that came too late, or never: the network was frozen just then, and says nothing of the hello itself.
 * @param {import('./index.mjs').EndReason} reason
 */
const isLate = ({ code, reason }) => code === REFUSED && reason === 'no hello received in time'

export class Link {
  /** @type {import('./index.mjs').Status} */
  status = 'connecting'
  /** How the latest connection ended. @type {import('./index.mjs').EndReason | null} */
  reason = null

  #owner
  #url
  #options
  #backoff
  #liveness
  /** @type {Connection | undefined} */
  #connection
  /** The one that counts: others may still wait for their hello. */
  #attempt = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** For the next attempt. */
  #isWaiting = false
  #openSince = Infinity
  #isFinal = false
  #wasOffline = false
  /** What the server has said in full of the end that comes. @type {string | undefined} */
  #told

  /**
   * @param {string} url
   * @param {import('./index.mjs').ConnectOptions & { WebSocket: new (url: string) => any }} options
   * @param {LinkOwner} owner
   */
  constructor(url, options, owner) {
    this.#url = url
    this.#options = options
    this.#owner = owner
    this.#backoff = new Backoff(options.reconnect || {})
    const frozen = () => this.#connection?.end(FROZEN, 'nothing heard for too long')
    this.#liveness = new Liveness(
      options.livenessMs ?? 25_000,
      () => this.#connection?.showsPings || owner.awaiting(),
      frozen,
    )
    page.addEventListener?.('online', this.#online)
    page.addEventListener?.('offline', this.#offline)
  }

  /** Dials, now. */
  async dial() {
    clearTimeout(this.#timer)
    this.#isWaiting = false
    const attempt = ++this.#attempt
    const isCurrent = () => attempt === this.#attempt && this.status !== 'closed'
    try {
      const hello = JSON.stringify(await this.#owner.hello())
      if (isCurrent()) this.#connect(hello)
    } catch (error) {
      if (isCurrent()) this.#ended({ code: CUT, reason: String(error) })
    }
  }

  /** Doesn't wait for the next attempt any longer. */
  retry() {
    if (this.#isWaiting) this.dial()
  }

  /**
   * Something that the server will acknowledge.
   * @param {string} text
   */
  send(text) {
    if (this.status !== 'open') return
    this.#connection?.send(text)
    this.#liveness.watch()
  }

  /** The next end is the last one, whatever its code. */
  letGo() {
    this.#isFinal = true
  }

  /**
   * For good, in whatever state.
   * @param {boolean} [atOnce] doesn't wait for the server's word
   */
  close(atOnce) {
    this.letGo()
    if (this.status === 'closed') return
    if (!this.#connection) this.#ended({ code: NORMAL, reason: '' })
    else if (atOnce) this.#connection.end(NORMAL, '')
    else this.#connection.close()
  }

  /** @param {string} hello */
  #connect(hello) {
    const { WebSocket, connectTimeoutMs = 10_000, helloTimeoutMs = 40_000 } = this.#options
    const connection = new Connection(
      WebSocket,
      this.#url,
      { connectTimeoutMs, helloTimeoutMs },
      {
        opened: () => connection.send(hello),
        message: (data) => this.#message(data),
        pinged: () => {
          this.#liveness.heard()
          this.#liveness.watch()
        },
        ended: (end) => this.#ended(end),
      },
    )
    this.#connection = connection
  }

  /** @param {unknown} data */
  #message(data) {
    this.#liveness.heard()
    const message = parse(data)
    if (message?.type === HELLO_FAIL_RESP || message?.type === CLOSE_REQ) this.#told = message.msg
    else if (this.status === 'open') this.#owner.received(message, true)
    else if (message?.type === HELLO_SUCCESS_RESP) this.#welcomed(message)
    else this.#owner.received(message, false)
  }

  /** @param {any} message */
  #welcomed(message) {
    this.#connection?.settle()
    this.#openSince = Date.now()
    this.status = 'open'
    this.reason = null
    this.#owner.welcomed(message)
  }

  /** @param {{ code: number, reason: string }} end */
  #ended({ code, reason }) {
    this.#liveness.stop()
    this.#connection = undefined
    if (Date.now() - this.#openSince >= GOOD_MS) this.#backoff.reset()
    this.#openSince = Infinity
    this.reason = { code, reason: this.#told ?? reason }
    this.#told = undefined
    const delay = this.#comesBackAfter(this.reason)
    if (delay === undefined) this.#finish()
    else {
      if (this.status === 'open') this.status = 'reconnecting'
      this.#isWaiting = true
      this.#timer = after(() => this.dial(), delay)
    }
    this.#owner.changed()
  }

  /** @param {import('./index.mjs').EndReason} reason @returns {number | undefined} ms; undefined: never */
  #comesBackAfter(reason) {
    const { reconnect } = this.#options
    if (this.#isFinal || reconnect === false) return undefined
    const when = reconnect?.when?.(reason) ?? (isLate(reason) ? 'soon' : comeback(reason.code))
    return when === 'never' ? undefined : this.#backoff.next(when)
  }

  #finish() {
    this.#isWaiting = false
    clearTimeout(this.#timer)
    this.status = 'closed'
    page.removeEventListener?.('online', this.#online)
    page.removeEventListener?.('offline', this.#offline)
  }

  #offline = () => {
    this.#wasOffline = true
  }

  /** There is a network again, perhaps another one: the old connection is most likely dead, and where it can be resumed a new one costs little. */
  #online = () => {
    if (this.#isWaiting) this.dial()
    else if (this.#wasOffline && this.status === 'open' && this.#owner.resumable())
      this.#connection?.end(FROZEN, 'the network has changed')
    this.#wasOffline = false
  }
}

/** What is not JSON stays what it is: an application may send whatever it likes. @param {unknown} data @returns {any} */
function parse(data) {
  try {
    return typeof data === 'string' ? JSON.parse(data) : data
  } catch {
    return data
  }
}
