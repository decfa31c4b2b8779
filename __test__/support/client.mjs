/**
 * A WebSocket client with an inbox. Uses the public protocol only; messages are awaited, never slept for.
 */

import { WebSocket } from 'ws'
import { Inbox, gate, within } from './inbox.mjs'
import { actionReq, changeReq, helloReq } from './messages.mjs'

export class TestClient {
  #inbox = new Inbox()
  #pings = 0
  #closed = gate()
  #opened = gate()

  constructor(url, { protocols, ...options } = {}) {
    this.ws = new WebSocket(url, protocols, {
      rejectUnauthorized: false,
      perMessageDeflate: false,
      ...options,
    })
    this.ws.on('open', () => this.#opened.open(this))
    this.ws.on('message', (data, isBinary) => this.#inbox.push({ data, isBinary }))
    this.ws.on('error', (error) => {
      this.error = error
      this.#opened.fail(error)
    })
    this.ws.on('close', (code, reason) => {
      const close = { code, reason: reason.toString() }
      this.#inbox.end(`the connection was closed (${code} ${close.reason})`)
      this.#opened.fail(new Error(`closed before it opened (${code})`))
      this.#closed.open(close)
    })
    this.#opened.promise.catch(() => {})
  }

  get opened() {
    return within(this.#opened.promise, 'the connection did not open')
  }

  /** How the connection ended: `{ code, reason }`. */
  get closed() {
    return within(this.#closed.promise, 'the connection was not closed', 25_000)
  }

  get id() {
    return this.welcome?.clientId
  }

  send(message) {
    this.ws.send(JSON.stringify(message))
    return this
  }

  sendText(text) {
    this.ws.send(text)
    return this
  }

  sendBinary(bytes) {
    this.ws.send(Buffer.from(bytes))
    return this
  }

  /** The next message, parsed. */
  async next() {
    return JSON.parse(await this.nextText())
  }

  /** The next message as text; it must be a text message. */
  async nextText() {
    const { data, isBinary } = await this.#inbox.take()
    if (isBinary) throw new Error(`a binary message came: ${data.toString('hex')}`)
    return data.toString()
  }

  /** The next message as it came: `{ data, isBinary }`. */
  nextRaw() {
    return this.#inbox.take()
  }

  /** Takes `count` messages. */
  async take(count) {
    const messages = []
    while (messages.length < count) messages.push(await this.next())
    return messages
  }

  /** All messages up to and including the first one that passes. */
  async until(passes) {
    for (const messages = []; ;) {
      messages.push(await this.next())
      if (passes(messages.at(-1))) return messages
    }
  }

  /** Says hello and waits for the answer. */
  async hello(fields) {
    this.send(helloReq(fields))
    this.welcome = await this.next()
    return this.welcome
  }

  change(request) {
    return this.send(changeReq(request))
  }

  action(action, fields) {
    return this.send(actionReq(action, fields))
  }

  /** Sends an action and waits for the next message. */
  ask(action, fields) {
    return this.action(action, fields).next()
  }

  /** Sends a ping and waits for the pong that carries the same payload. */
  async ping(payload = `ping ${++this.#pings}`) {
    const pong = gate()
    const onPong = (data) => data.toString() === payload && pong.open(data.toString())
    this.ws.on('pong', onPong)
    try {
      this.ws.ping(payload)
      this.#closed.promise.then(({ code, reason }) =>
        pong.fail(new Error(`closed instead of a pong: ${code} ${reason}`)),
      )
      return await within(pong.promise, 'no pong came')
    } finally {
      this.ws.off('pong', onPong)
    }
  }

  /** Passes when nothing has been sent to this client that it has not taken: everything sent before comes before the pong. */
  async quiet() {
    await this.ping()
    if (this.#inbox.size > 0) {
      throw new Error(
        `unexpected messages: ${this.#inbox
          .drain()
          .map(({ data }) => data.toString())
          .join('\n')}`,
      )
    }
  }

  /** The same with the client's own echoed change as the marker, so it holds for the order of messages too. */
  async onlyMarker(key = 'marker') {
    this.change({ client: { [key]: '1' }, echo: true })
    const message = await this.next()
    if (message.updateClients?.[this.id]?.[0]?.key !== key)
      throw new Error(`not the marker: ${JSON.stringify(message)}`)
  }

  /** Closes with a handshake and waits for its end. */
  close(code, reason) {
    this.ws.close(code, reason)
    return this.closed
  }

  /** Cuts the connection without a close frame. */
  terminate() {
    this.ws.terminate()
    return this.closed
  }
}
