/**
 * One WebSocket, from dialling to its end. Tells its owner once how it ended, and nothing afterwards. Knows nothing of messages.
 */

import { CUT, FROZEN, NORMAL } from '../protocol/close-codes.mjs'
import { after } from './timer.mjs'

/**
 * @typedef {object} ConnectionOwner
 * @property {() => void} opened
 * @property {(data: unknown) => void} message
 * @property {() => void} pinged only where the WebSocket shows pings, as that of `ws` does
 * @property {(end: { code: number, reason: string }) => void} ended
 */

export class Connection {
  /** @type {any} */
  #socket
  #owner
  #timer
  #isOver = false

  /**
   * @param {new (url: string) => any} WebSocket
   * @param {string} url
   * @param {{ connectTimeoutMs: number, helloTimeoutMs: number }} limits until it is open, and then until `settle`
   * @param {ConnectionOwner} owner
   */
  constructor(WebSocket, url, { connectTimeoutMs, helloTimeoutMs }, owner) {
    this.#owner = owner
    this.#timer = after(() => this.end(CUT, `no connection within ${connectTimeoutMs} ms`), connectTimeoutMs)
    const socket = new WebSocket(url)
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#opened(helloTimeoutMs)
    socket.onmessage = (/** @type {{ data: unknown }} */ { data }) => this.#isOver || owner.message(data)
    socket.onclose = (/** @type {{ code: number, reason: string }} */ end) => this.#ended(end)
    // A close follows, and says more.
    socket.onerror = () => {}
    if (this.showsPings) socket.on('ping', () => this.#isOver || owner.pinged())
  }

  /** @type {boolean} */
  get showsPings() {
    return typeof this.#socket.on === 'function'
  }

  /** @param {string} text */
  send(text) {
    // An open socket only: the others throw, or lose it without a word. Whoever needs it sends it again.
    if (this.#socket.readyState === 1) this.#socket.send(text)
  }

  /** Closes with a handshake; its end is told when the server has answered. */
  close() {
    this.#socket.close(NORMAL)
  }

  /**
   * Ends at once, whether the other side hears of it or not.
   * @param {number} code
   * @param {string} reason
   */
  end(code, reason) {
    if (this.#isOver) return
    // Pages may send 1000 and those from 3000 on.
    if (code >= 3000) this.#socket.close(code, reason)
    else this.#socket.close()
    this.#ended({ code, reason })
  }

  /** It does what it is for. */
  settle() {
    clearTimeout(this.#timer)
  }

  /** @param {number} ms */
  #opened(ms) {
    this.settle()
    if (this.#isOver) return
    // With a code that leaves the session in peace: perhaps the answer was lost.
    this.#timer = after(() => this.end(FROZEN, `no answer within ${ms} ms`), ms)
    this.#owner.opened()
  }

  /** @param {{ code: number, reason: string }} end */
  #ended({ code, reason }) {
    clearTimeout(this.#timer)
    if (this.#isOver) return
    this.#isOver = true
    this.#owner.ended({ code, reason })
  }
}
