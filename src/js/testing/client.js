'use strict'

/**
 * A client with an inbox: says what a test has it say, and gives what comes one by one. Knows the protocol, but not the
 * connection: that is a `WebSocket` of ws or of its like (socket.js).
 */

const { Inbox, TIMEOUT_MS, gate, matches, within } = require('./inbox')
const { actionReq, changeReq, helloReq } = require('./messages')

/** @import { Wanted, WaitOptions } from './index.js' */

/** @typedef {{ data: Buffer, isBinary: boolean }} Received */

/**
 * What a client needs of a connection.
 * @typedef {object} Connection
 * @property {(event: string, listener: (...args: any[]) => void) => unknown} on
 * @property {(event: string, listener: (...args: any[]) => void) => unknown} off
 * @property {(data: string | Uint8Array) => void} send
 * @property {(payload: string) => void} ping
 * @property {(code?: number, reason?: string) => void} close
 * @property {() => void} terminate
 */

/** A longer message is cut in the text of an error. */
const SHOWN = 300

class Client {
  /** The answer to the hello. @type {any} */
  welcome
  /** What went wrong with the connection. @type {Error | undefined} */
  error
  /** @type {Inbox<Received>} */
  #inbox
  #pings = 0
  #closed = gate()
  #opened = gate()
  #timeoutMs
  #closeTimeoutMs

  /**
   * @param {Connection} ws
   * @param {{ timeoutMs?: number, closeTimeoutMs?: number }} [limits] how long to wait for a message, and for an end
   */
  constructor(ws, { timeoutMs = TIMEOUT_MS, closeTimeoutMs = timeoutMs } = {}) {
    this.ws = ws
    this.#timeoutMs = timeoutMs
    this.#closeTimeoutMs = closeTimeoutMs
    this.#inbox = new Inbox({ timeoutMs, show })
    ws.on('open', () => this.#opened.open(this))
    ws.on('message', (data, isBinary) => this.#inbox.push({ data, isBinary }))
    ws.on('error', (error) => {
      this.error = error
      this.#opened.fail(error)
    })
    ws.on('close', (code, reason) => this.#ended({ code, reason: reason.toString() }))
    this.#opened.promise.catch(() => {})
  }

  /** @param {{ code: number, reason: string }} close */
  #ended(close) {
    this.#inbox.end(`the connection was closed (${close.code} ${close.reason})`)
    this.#opened.fail(new Error(`closed before it opened (${close.code})`))
    this.#closed.open(close)
  }

  get opened() {
    return within(this.#opened.promise, 'the connection did not open', this.#timeoutMs)
  }

  /** How the connection ended: `{ code, reason }`. */
  get closed() {
    return within(this.#closed.promise, 'the connection was not closed', this.#closeTimeoutMs)
  }

  get id() {
    return this.welcome?.clientId
  }

  // Saying

  /** @param {unknown} message */
  send(message) {
    this.ws.send(JSON.stringify(message))
    return this
  }

  /** @param {string} text */
  sendText(text) {
    this.ws.send(text)
    return this
  }

  /** @param {Uint8Array | number[] | string} bytes */
  sendBinary(bytes) {
    this.ws.send(Buffer.from(/** @type {string} */ (bytes)))
    return this
  }

  /**
   * Says hello and waits for the answer.
   * @param {Record<string, unknown>} [fields]
   */
  async hello(fields) {
    this.send(helloReq(fields))
    this.welcome = await this.next()
    return this.welcome
  }

  /** @param {Parameters<typeof changeReq>[0]} request */
  change(request) {
    return this.send(changeReq(request))
  }

  /**
   * @param {string} action
   * @param {Record<string, unknown>} [fields]
   */
  action(action, fields) {
    return this.send(actionReq(action, fields))
  }

  /**
   * Sends an action and waits for the next message.
   * @param {string} action
   * @param {Record<string, unknown>} [fields]
   */
  ask(action, fields) {
    return this.action(action, fields).next()
  }

  // Hearing

  /**
   * The next message, parsed; or the first that is wanted, those before it stay.
   * @param {Wanted} [wanted]
   * @param {WaitOptions} [options]
   * @returns {Promise<any>}
   */
  async next(wanted, options) {
    if (wanted === undefined) return parsed(await this.nextText(options))
    const filter = new Filter(wanted)
    try {
      const { data } = await this.#inbox.take(named(wanted), { ...options, passes: filter.passes })
      return JSON.parse(data.toString())
    } catch (error) {
      throw filter.explained(/** @type {Error} */ (error))
    }
  }

  /**
   * The next message as text; it must be a text message.
   * @param {WaitOptions} [options]
   */
  async nextText(options) {
    const { data, isBinary } = await this.#inbox.take('message', options)
    if (isBinary) throw new Error(`a binary message came: ${data.toString('hex')}`)
    return data.toString()
  }

  /** The next message as it came: `{ data, isBinary }`. */
  nextRaw() {
    return this.#inbox.take()
  }

  /**
   * Takes `count` messages.
   * @param {number} count
   */
  async take(count) {
    const messages = []
    while (messages.length < count) messages.push(await this.next())
    return messages
  }

  /**
   * All messages up to and including the first one that passes.
   * @param {Wanted} wanted
   */
  async until(wanted) {
    for (const messages = []; ;) {
      messages.push(await this.next())
      if (matches(messages.at(-1), wanted)) return messages
    }
  }

  /** Sends a ping and waits for the pong that carries the same payload. */
  async ping(payload = `ping ${++this.#pings}`) {
    const pong = gate()
    const onPong = (/** @type {Buffer} */ data) => data.toString() === payload && pong.open(payload)
    this.ws.on('pong', onPong)
    try {
      this.ws.ping(payload)
      this.#closed.promise.then(({ code, reason }) =>
        pong.fail(new Error(`closed instead of a pong: ${code} ${reason}`)),
      )
      return await within(pong.promise, 'no pong came', this.#timeoutMs)
    } finally {
      this.ws.off('pong', onPong)
    }
  }

  /** Passes when nothing has been sent to this client that it has not taken: everything sent before comes before the pong. */
  async quiet() {
    await this.ping()
    if (this.#inbox.size === 0) return
    throw new Error(`unexpected messages: ${this.#inbox.drain().map(show).join('\n')}`)
  }

  // Ending

  /**
   * Closes with a handshake and waits for its end.
   * @param {number} [code]
   * @param {string} [reason]
   */
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

/** Looks for a message. Owns what went wrong meanwhile: nothing may be thrown into the connection that brings messages. */
class Filter {
  #wanted
  /** @type {any} */
  #thrown

  /** @param {Wanted} wanted */
  constructor(wanted) {
    this.#wanted = wanted
  }

  /** @param {Received} message */
  passes = ({ data, isBinary }) => {
    if (isBinary) return false
    try {
      return matches(JSON.parse(data.toString()), this.#wanted)
    } catch (error) {
      this.#thrown = error
      return false
    }
  }

  /** @param {Error} error */
  explained(error) {
    if (this.#thrown)
      error.message += `\nOne was not looked at to the end: ${this.#thrown?.message ?? this.#thrown}`
    return error
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`a message came that is not JSON: ${text}`)
  }
}

/** @param {Received} message */
function show({ data, isBinary }) {
  const text = isBinary ? `binary ${data.toString('hex')}` : data.toString()
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${data.length} bytes)` : text
}

/** @param {Wanted} wanted */
const named = (wanted) =>
  typeof wanted === 'function' ? `message that ${wanted} passes` : `message with ${JSON.stringify(wanted)}`

exports.Client = Client
