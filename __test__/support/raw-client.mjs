/**
 * A client that writes its own HTTP and its own frames: broken ones, split ones, and resets.
 */

import { createRequire } from 'node:module'
import { Inbox, gate, within } from './inbox.mjs'
import { helloReq } from './messages.mjs'

const { FrameReader, OPCODE, closePayload, frame, readClose } = createRequire(import.meta.url)(
  '../../src/js/testing/frames.js',
)

export { OPCODE, closePayload, frame }

/** An upgrade request as text. A header of undefined is left out. */
export function upgradeRequest(path = '/wss', headers = {}, method = 'GET') {
  const all = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  }
  const lines = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

export class RawClient {
  #buffer = Buffer.alloc(0)
  #arrived = gate()
  #ended = gate()
  #frames = new Inbox({ show: ({ opcode, payload }) => `opcode ${opcode}: ${payload.subarray(0, 300)}` })
  /** From the upgrade on. */
  #reader
  #received = 0

  constructor(socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received += chunk.length
      if (this.#reader) this.#takeFrames(chunk)
      else this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#arrived.open()
      this.#arrived = gate()
    })
    socket.on('error', (error) => (this.error = error))
    const end = () => {
      this.#frames.end('the connection has ended')
      this.#arrived.open()
      this.#ended.open()
    }
    socket.on('end', end)
    socket.on('close', end)
  }

  /** How many bytes have come so far. */
  get received() {
    return this.#received
  }

  /** The server has ended the connection. */
  get ended() {
    return within(this.#ended.promise, 'the connection was not ended', 25_000)
  }

  write(...parts) {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))))
    return this
  }

  /** Writes the parts one by one, each in a packet of its own. */
  async writeSplit(parts) {
    for (const part of parts) await new Promise((resolve) => this.socket.write(part, resolve))
  }

  /** The next HTTP answer: `{ status, headers, body }`. */
  async response() {
    let end
    while ((end = this.#buffer.indexOf('\r\n\r\n')) < 0) {
      if (this.socket.readableEnded || this.socket.destroyed)
        throw new Error('the connection ended without an answer')
      await within(this.#arrived.promise, 'no HTTP answer came')
    }
    const [statusLine, ...lines] = this.#buffer.subarray(0, end).toString('latin1').split('\r\n')
    this.#buffer = this.#buffer.subarray(end + 4)
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    )
    const status = Number(statusLine.split(' ')[1])
    const length = status === 101 ? 0 : Number(headers['content-length'] ?? 0)
    while (this.#buffer.length < length) await within(this.#arrived.promise, 'the body did not come')
    const body = this.#buffer.subarray(0, length).toString()
    this.#buffer = this.#buffer.subarray(length)
    if (status === 101) {
      this.#reader = new FrameReader()
      this.#takeFrames(this.#buffer)
    }
    return { status, headers, body }
  }

  /** Upgrades, with bytes behind the request in the same packet if given. */
  async upgrade({ path, headers, head = '' } = {}) {
    this.write(upgradeRequest(path, headers), head)
    const response = await this.response()
    if (response.status !== 101) throw new Error(`not upgraded: ${response.status}`)
    return response
  }

  /** Upgrades and joins a room; the answer to the hello is in `welcome`. */
  async join(fields) {
    await this.upgrade()
    this.write(frame(JSON.stringify(helloReq(fields))))
    this.welcome = JSON.parse((await this.nextFrame()).payload.toString())
    return this
  }

  /** The next frame: `{ fin, rsv, opcode, masked, payload }`. */
  nextFrame() {
    return this.#frames.take('frame')
  }

  async next() {
    return JSON.parse((await this.nextFrame()).payload.toString())
  }

  /** Takes a close frame: `{ code, reason }`; code 1005 for an empty one. */
  async nextClose() {
    const { opcode, payload } = await this.nextFrame()
    if (opcode !== OPCODE.close) throw new Error(`not a close frame: ${opcode} ${payload}`)
    return readClose(payload)
  }

  /** Takes frames up to and including a close frame. */
  async untilClose() {
    while ((await this.nextFrame()).opcode !== OPCODE.close);
  }

  end() {
    this.socket.end()
  }

  /** Ends the connection with a reset (a plain cut where the transport knows no reset). */
  reset() {
    const tcp = this.socket.transportSocket ?? this.socket
    if (tcp.remoteAddress && tcp.resetAndDestroy) tcp.resetAndDestroy()
    else tcp.destroy()
  }

  #takeFrames(chunk) {
    this.#reader.push(chunk)
    for (let next = this.#reader.next(); next; next = this.#reader.next()) this.#frames.push(next)
  }
}
