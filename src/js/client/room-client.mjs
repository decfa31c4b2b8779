/**
 * A client of one room: what applications get of connect(). Owns the room, the session and the requests, and says what each message
 * means; the connection is the link's.
 */

import {
  ACK,
  ACTION_REQ,
  ACTION_RESP,
  CHANGE_NOTIF,
  CHANGE_REQ,
  CLOSE_REQ,
  CLOSE_RESP,
  PROTOCOL,
} from '../protocol/messages.mjs'
import { toSets } from './changes.mjs'
import { RoomClientError } from './errors.mjs'
import { Events } from './events.mjs'
import { Link } from './link.mjs'
import { LiveRoom } from './live-room.mjs'
import { Requests } from './requests.mjs'
import { Session } from './session.mjs'
import { after } from './timer.mjs'

const MAX_HELD_CHARS = 1 << 20
const LEAVE_TIMEOUT_MS = 5_000

/** How the ids of a server's own requests begin: only these are answered. Others are an application's messages. */
const REQUEST = 'request:'

export class RoomClient {
  onAction
  /** @type {string | undefined} */
  id
  readonly = false

  #hello
  #asksForResume
  #link
  #session
  #room = new LiveRoom()
  #requests = new Requests()
  #events = new Events()
  /** @type {any} */
  #snapshot
  /** Does the server know CLOSE_REQ, and answers to its requests? The original does not. */
  #isExtended = false
  /** Counts sessions: an answer is for the session that has asked. */
  #sessions = 0
  #isLeaving = false

  /**
   * @param {string} url
   * @param {import('./index.mjs').Hello} hello
   * @param {import('./index.mjs').ConnectOptions & { WebSocket: new (url: string) => any }} options
   */
  constructor(url, hello, options) {
    this.onAction = options.onAction
    this.#hello = hello
    this.#asksForResume = options.resume !== false
    this.#session = new Session(options.maxHeldChars ?? MAX_HELD_CHARS)
    this.#link = new Link(url, options, this.#asLinkOwner())
    this.#link.dial()
  }

  get status() {
    return this.#link.status
  }

  get reason() {
    return this.#link.reason
  }

  get resumable() {
    return this.#session.resumable
  }

  get state() {
    return this.#room.state
  }

  get clients() {
    return this.#room.clients
  }

  get me() {
    return this.clients[this.id ?? '']
  }

  get snapshot() {
    const { status, reason, id, readonly, state, clients } = this
    return (this.#snapshot ??= Object.freeze({ status, reason, id, readonly, state, clients }))
  }

  /** @type {import('./index.mjs').RoomClient['opened']} */
  opened() {
    const opened = new Promise((resolve, reject) => {
      const off = this.subscribe(({ status, reason }) => {
        if (status === 'open') resolve(this)
        else if (status === 'closed') reject(closed(reason))
        else return
        queueMicrotask(() => off())
      })
    })
    return handled(opened)
  }

  /** @type {import('./index.mjs').RoomClient['change']} */
  change({ room, client, echo = true }) {
    const [roomChanges, clientChanges] = [toSets(room), toSets(client)]
    if (this.readonly && roomChanges?.length)
      throw new RoomClientError('READONLY', 'this client only watches')
    if (roomChanges || clientChanges) this.#send({ type: CHANGE_REQ, roomChanges, clientChanges, echo })
  }

  /** @type {import('./index.mjs').RoomClient['action']} */
  action(action, data, options) {
    const send = (/** @type {string} */ id) => this.#send({ type: ACTION_REQ, action, id, data })
    return handled(this.#requests.ask(send, options))
  }

  retry() {
    this.#link.retry()
  }

  /** @type {import('./index.mjs').RoomClient['leave']} */
  async leave({ timeoutMs = LEAVE_TIMEOUT_MS, msg } = {}) {
    if (this.status === 'closed') return
    const left = new Promise((done) => this.on('status', ({ status }) => status === 'closed' && done(status)))
    const timer = after(() => this.#link.close(true), timeoutMs)
    this.#leave(msg)
    await left
    clearTimeout(timer)
  }

  /** @param {string} [msg] */
  async #leave(msg) {
    if (this.#isLeaving) return
    if (this.status !== 'open') return this.#link.close(true)
    this.#link.letGo()
    if (this.#isExtended) this.#send({ type: CLOSE_REQ, msg, flush: true })
    this.#isLeaving = true
    if (this.#isExtended) return
    await this.#requests.idle()
    if (this.status === 'open') this.#link.close()
  }

  /** @type {any} */
  on(/** @type {string} */ type, /** @type {(detail: any) => void} */ listener) {
    return this.#events.on(type, listener)
  }

  /** @param {(snapshot: any) => void} run */
  subscribe(run) {
    run(this.snapshot)
    return this.#events.on('update', () => run(this.snapshot))
  }

  [Symbol.asyncIterator]() {
    return this.#events.iterate(() => this.status === 'closed')
  }

  /** @returns {import('./link.mjs').LinkOwner} */
  #asLinkOwner() {
    return {
      hello: () => this.#greet(),
      awaiting: () => this.#session.awaiting,
      resumable: () => this.resumable,
      welcomed: (message) => this.#welcomed(message),
      received: (message, counts) => this.#received(message, counts),
      changed: () => this.#statusChanged(),
    }
  }

  async #greet() {
    const hello = typeof this.#hello === 'function' ? await this.#hello(this) : this.#hello
    const ext = this.#asksForResume ? { resume: this.#session.request } : {}
    return { protocol: PROTOCOL, clientState: {}, ...hello, ext }
  }

  /** @param {any} message */
  #welcomed(message) {
    const welcomed = this.#session.welcome(message.ext?.resume)
    const { outcome } = welcomed
    this.#isExtended = Boolean(message.ext)
    this.id = message.clientId
    this.readonly = message.readonly === true
    if (outcome !== 'replayed') this.#room.reset(message)
    this.#requests.welcomed(welcomed)
    if (outcome === 'new') this.#sessions++
    else for (const text of welcomed.held) this.#link.send(text)
    this.#events.emit('joined', { outcome, id: this.id })
    this.#tellLost(welcomed)
    this.#statusChanged()
  }

  /** @param {any} message @param {boolean} counts */
  #received(message, counts) {
    if (message?.type === ACK && this.resumable) return this.#acknowledge(message.received)
    if (counts) this.#session.heard()
    if (message?.type === ACTION_RESP && this.#requests.answer(message)) return
    // All that was asked before has been done.
    if (message?.type === CLOSE_RESP) return this.#session.acknowledge(Infinity)
    if (message?.type === CHANGE_NOTIF) this.#notified(message)
    else if (this.#isServersRequest(message)) this.#answer(message)
    else this.#events.emit('message', message)
  }

  /** @param {any} notification */
  #notified(notification) {
    this.#room.apply(notification)
    this.#events.emit('change', notification)
    this.#updated()
  }

  /** @param {number} received */
  #acknowledge(received) {
    this.#session.acknowledge(received)
    this.#link.send(JSON.stringify({ type: ACK, received: this.#session.received }))
  }

  /** @param {any} message */
  #isServersRequest(message) {
    return this.#isExtended && message?.type === ACTION_REQ && String(message.id).startsWith(REQUEST)
  }

  /** @param {any} request */
  async #answer({ action, data, id }) {
    const asking = this.#sessions
    /** @type {any} */
    let answer
    try {
      if (!this.onAction) throw new Error('unhandled action')
      answer = { success: true, data: await this.onAction(action, data, this) }
    } catch (error) {
      answer = { success: false, msg: String(/** @type {any} */ (error)?.message ?? error) }
    }
    const isAwaited = asking === this.#sessions && this.#canSend()
    if (isAwaited) this.#send({ type: ACTION_RESP, id, ...answer })
  }

  #canSend() {
    return !this.#isLeaving && (this.status === 'open' || (this.status === 'reconnecting' && this.resumable))
  }

  /**
   * Sends, or holds for the connection to come.
   * @param {object} message
   * @returns {number} its number in the session
   */
  #send(message) {
    if (!this.#canSend())
      throw new RoomClientError('NOT_OPEN', `not open: ${this.#isLeaving ? 'leaving' : this.status}`)
    const text = JSON.stringify(message)
    if (this.status !== 'open' && !this.#session.hasRoomFor(text))
      throw new RoomClientError('BUFFER_FULL', 'too much waits to be sent')
    const number = this.#session.push(text)
    this.#link.send(text)
    return number
  }

  /** @param {import('./session.mjs').Welcomed} welcomed */
  #tellLost({ outcome, held, missing }) {
    const messages = outcome === 'new' ? held.map((text) => JSON.parse(text)) : []
    if (messages.length + missing > 0) this.#events.emit('lost', { messages, unheld: missing })
  }

  #statusChanged() {
    const { status, reason } = this
    if (status === 'closed') {
      this.#requests.end(closed(reason))
      this.#tellLost(this.#session.welcome())
    } else if (status === 'reconnecting' && !this.resumable) this.#requests.lose()
    this.#events.emit('status', { status, reason })
    this.#updated()
  }

  #updated() {
    this.#snapshot = undefined
    this.#events.emit('update')
  }
}

/**
 * That a server is gone ends no process, even where nobody looks at the promise.
 * @template T
 * @param {Promise<T>} promise
 */
function handled(promise) {
  promise.catch(() => {})
  return promise
}

/** @param {import('./index.mjs').EndReason | null} reason */
const closed = (reason) =>
  new RoomClientError('CLOSED', reason?.reason || `closed with ${reason?.code}`, { closeCode: reason?.code })
