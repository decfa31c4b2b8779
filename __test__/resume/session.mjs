/** A client that may lose its connection and come back: it keeps what it needs for that, and does nothing by itself. */

import { TestClient } from '../support/client.mjs'
import { helloReq } from '../support/messages.mjs'

const ACK = 8
const WELCOME = 1

export class Session {
  #url
  #options
  #hello
  /** The connection. @type {TestClient} */
  client
  /** Messages that have come, and that were sent. */
  received = 0
  sent = 0
  token

  constructor(stage, hello = {}, options = {}) {
    this.#url = stage.server.url()
    this.#options = options
    this.#hello = hello
  }

  /** A session whose client has joined. */
  static async join(stage, hello, options) {
    const session = new Session(stage, hello, options)
    await session.connect()
    return session
  }

  get id() {
    return this.welcome.clientId
  }

  get resume() {
    return this.welcome.ext.resume
  }

  /** Another connection, and the answer to its hello. The old one is left alone. */
  async connect(resume = this.token ? { token: this.token, received: this.received } : {}, options = {}) {
    this.client = await new TestClient(this.#url, { ...this.#options, ...options }).opened
    this.client.send(helloReq({ ...this.#hello, ext: { resume } }))
    this.#welcomed(await this.client.next())
    return this.welcome
  }

  #welcomed(welcome) {
    if (welcome.type !== WELCOME) throw new Error(`not let in: ${JSON.stringify(welcome)}`)
    this.welcome = welcome
    this.token = this.resume.token
    if (this.resume.outcome !== 'replayed') this.received = 0
  }

  /** Ends the connection without a word. */
  cut() {
    return this.client.terminate()
  }

  /** The next message; ACKs are not counted, and not shown. */
  async next() {
    for (;;) {
      const message = await this.client.next()
      if (message.type === ACK) continue
      this.received++
      return message
    }
  }

  async take(count) {
    const messages = []
    while (messages.length < count) messages.push(await this.next())
    return messages
  }

  /** The next ACK: how many messages the server has; other messages are counted. */
  async nextAck() {
    for (;;) {
      const message = await this.client.next()
      if (message.type === ACK) return message.received
      this.received++
    }
  }

  ack(received = this.received) {
    this.client.send({ type: ACK, received })
  }

  send(message) {
    this.sent++
    this.client.send(message)
    return this
  }

  change(request) {
    this.sent++
    this.client.change(request)
    return this
  }

  action(action, fields) {
    this.sent++
    this.client.action(action, fields)
    return this
  }
}

/** Waits until so many clients of the room server have no connection. */
export async function dropped(wss, count = 1) {
  for (let turns = 0; wss.stats().dropped !== count; turns++) {
    if (turns > 5000) throw new Error(`${wss.stats().dropped} clients are dropped, not ${count}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
