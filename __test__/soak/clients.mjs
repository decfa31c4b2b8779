/**
 * The clients: each keeps a ledger, writes a sequence, and comes back when it is cut. Two kinds: plain ones, which begin anew after each
 * cut, and those of `/client`, whose sessions outlive cuts where the server grants it.
 */

import { WebSocket } from 'ws'
import { connect } from '../../src/js/client/index.mjs'
import { Ledger } from './ledger.mjs'

const PADDINGS = [0, 10, 10, 10, 100, 2_000]
let writers = 0

/** Self-signed. */
class LooseWebSocket extends WebSocket {
  constructor(url) {
    super(url, { rejectUnauthorized: false, perMessageDeflate: false })
  }
}

const hello = (roomId) => ({ roomProtocol: 'soak:1', roomId, clientState: {} })

/** What both kinds have: the sequence that is written under a key of its own, and the ledger. */
class Client {
  sent = 0
  writer = ''

  constructor(tally, roomId) {
    this.tally = tally
    this.roomId = roomId
  }

  begins(state) {
    this.ledger = new Ledger(this.tally, `${this.constructor.name} in ${this.roomId}`)
    this.ledger.snapshot(state)
    this.writer = `w${++writers}`
    this.sent = 0
  }

  hears({ roomChanges = [] }) {
    for (const change of roomChanges) this.ledger.change(change)
  }

  write() {
    if (!this.isOpen) return
    const padding = PADDINGS[Math.floor(Math.random() * PADDINGS.length)]
    this.put({ key: this.writer, value: `${this.sent + 1}${' '.repeat(padding)}` })
    this.sent++
  }

  /** Whether it has heard all that these have written. */
  hasAllOf(others) {
    return others.every(({ writer, sent }) => this.ledger.last(writer) === sent)
  }
}

export class PlainClient extends Client {
  #socket
  #timer
  #isLeaving = false
  isOpen = false
  ends = 0

  constructor(tally, url, roomId) {
    super(tally, roomId)
    this.url = url
    this.#dial()
  }

  #dial() {
    const socket = new LooseWebSocket(this.url)
    this.#socket = socket
    socket.on('open', () =>
      socket.send(JSON.stringify({ protocol: 'websocket-room-server:1', ...hello(this.roomId) })),
    )
    socket.on('message', (data) => this.#receive(JSON.parse(data.toString())))
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => this.#closed())
  }

  #receive(message) {
    if (message.type === 3) return this.hears(message)
    if (message.type !== 1) return
    this.begins(message.roomState)
    this.isOpen = true
  }

  #closed() {
    this.isOpen = false
    this.ends++
    if (!this.#isLeaving) this.#timer = setTimeout(() => this.#dial(), 100 + Math.random() * 1_000)
  }

  put(set) {
    this.#socket.send(JSON.stringify({ type: 2, roomChanges: [set], echo: true }))
  }

  act() {
    if (this.isOpen) this.#socket.send(JSON.stringify({ type: 4, action: 'count', id: 'a' }))
  }

  leave() {
    this.#isLeaving = true
    clearTimeout(this.#timer)
    this.#socket.terminate()
  }
}

export class ResumingClient extends Client {
  #room
  /** How often it joined, by outcome. */
  outcomes = { new: 0, replayed: 0, snapshot: 0 }
  /** Requests whose fate is unknown, as the client says itself. */
  unknown = 0

  constructor(tally, url, roomId) {
    super(tally, roomId)
    const reconnect = { minMs: 100, maxMs: 2_000 }
    // The server's heartbeat is 3 s here.
    this.#room = connect(url, hello(roomId), { reconnect, livenessMs: 8_000, WebSocket: LooseWebSocket })
    this.#room.on('joined', (detail) => this.#joined(detail))
    this.#room.on('change', (notification) => this.hears(notification))
    this.#room.on('lost', ({ messages, unheld }) => (this.unknown += messages.length + unheld))
  }

  #joined({ outcome }) {
    this.outcomes[outcome]++
    if (outcome === 'new') this.begins(this.#room.state)
    if (outcome === 'snapshot') this.ledger.snapshot(this.#room.state, true)
  }

  get isOpen() {
    return this.#room.status === 'open'
  }

  get why() {
    const { status, reason } = this.#room
    return `${status}, ${reason?.code} ${reason?.reason}`
  }

  put(set) {
    this.#room.change({ room: [set] })
  }

  act() {
    if (this.isOpen) this.#room.action('count').catch(() => {})
  }

  leave() {
    this.#room.leave({ timeoutMs: 1_000 }).catch(() => {})
  }
}
