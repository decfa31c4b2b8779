/**
 * One client's line to the room server: says hello, sends requests, hands on what comes in, and
 * dials again when the line breaks. Knows the wire protocol and nothing of cards.
 *
 * Events: `status` (detail: { state, message }), `joined` (the server's welcome), `notice` (a
 * change notification). States: connecting, live, waiting (for the next attempt), refused.
 */
const PROTOCOL = 'websocket-room-server:1'
const TYPE = { WELCOME: 1, CHANGE_REQ: 2, CHANGE_NOTIF: 3, ACTION_REQ: 4, ACTION_RESP: 5 }
const FIRST_DELAY_MS = 400
const LONGEST_DELAY_MS = 10_000
const CONNECT_TIMEOUT_MS = 8_000

export class Connection extends EventTarget {
  #hello
  #socket = null
  #attempts = 0
  #timer = 0
  #actions = new Map()
  #lastAction = 0

  /** `hello` gives the members of the next greeting: it is asked anew for each attempt. */
  constructor(hello) {
    super()
    this.#hello = hello
    this.state = 'connecting'
  }

  /** Dials at once, also while waiting for the next attempt. */
  open() {
    if (this.#socket) return
    clearTimeout(this.#timer)
    this.#setState('connecting')
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const socket = new WebSocket(`${scheme}://${location.host}/wss`)
    this.#socket = socket
    this.#timer = setTimeout(() => socket.close(), CONNECT_TIMEOUT_MS)
    socket.onopen = () => this.#send({ protocol: PROTOCOL, ...this.#hello() })
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data))
    socket.onclose = (event) => this.#closed(event)
  }

  change(request) {
    this.#send({ type: TYPE.CHANGE_REQ, ...request })
  }

  /** Asks the server to do something; resolves with its answer. */
  action(action, data) {
    if (this.state !== 'live') return Promise.reject(new Error('Not connected.'))
    const id = String((this.#lastAction += 1))
    this.#send({ type: TYPE.ACTION_REQ, action, id, data })
    return new Promise((resolve, reject) => this.#actions.set(id, { resolve, reject }))
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  #receive(message) {
    if (message.type === TYPE.WELCOME) return this.#welcome(message)
    if (message.type === TYPE.CHANGE_NOTIF) return this.#emit('notice', message)
    if (message.type === TYPE.ACTION_RESP) this.#settle(message)
  }

  #welcome(message) {
    clearTimeout(this.#timer)
    this.#attempts = 0
    this.#setState('live')
    this.#emit('joined', message)
  }

  #settle(answer) {
    const waiting = this.#actions.get(answer.id)
    this.#actions.delete(answer.id)
    if (answer.success) waiting?.resolve(answer)
    else waiting?.reject(new Error(answer.msg ?? 'The server could not do that.'))
  }

  #closed({ code, reason }) {
    clearTimeout(this.#timer)
    this.#socket = null
    for (const { reject } of this.#actions.values()) reject(new Error('The connection was lost.'))
    this.#actions.clear()
    if (isFinal(code)) return this.#setState('refused', reason.replace(/^error: /, ''))
    this.#timer = setTimeout(() => this.open(), this.#nextDelay())
    this.#setState('waiting', code === 1001 ? 'The server is restarting.' : 'The connection was lost.')
  }

  /** Full jitter: anything from 0 to a bound that doubles, lest all pages come back at once. */
  #nextDelay() {
    const bound = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempts)
    this.#attempts += 1
    return Math.random() * bound
  }

  #setState(state, message = '') {
    this.state = state
    this.#emit('status', { state, message })
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

/** Coming back would end the same way: a protocol error, a hook's refusal, an ejection. */
const isFinal = (code) => code === 1002 || (code >= 4500 && code < 4600)
