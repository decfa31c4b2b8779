/**
 * A client that writes its own HTTP and its own frames: broken ones, split ones, and resets.
 */

import { randomBytes } from 'node:crypto'
import { Inbox, gate, within } from './inbox.mjs'
import { helloReq } from './messages.mjs'

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

/** One frame. `mask` is true (a random key), false (an unmasked frame) or the key itself. */
export function frame(payload = '', { opcode = OPCODE.text, fin = true, rsv = 0, mask = true, length } = {}) {
  const data = Buffer.from(payload)
  const size = length ?? data.length
  const extended = size < 126 ? 0 : size < 65536 ? 2 : 8
  const head = Buffer.alloc(2 + extended)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (mask ? 0x80 : 0) | (extended === 0 ? size : extended === 2 ? 126 : 127)
  if (extended === 2) head.writeUInt16BE(size, 2)
  if (extended === 8) head.writeBigUInt64BE(BigInt(size), 2)
  if (!mask) return Buffer.concat([head, data])
  const key = mask === true ? randomBytes(4) : mask
  const masked = Buffer.from(data)
  for (let i = 0; i < masked.length; i++) masked[i] ^= key[i % 4]
  return Buffer.concat([head, key, masked])
}

/** The payload of a close frame. */
export const closePayload = (code, reason = '') => {
  const data = Buffer.alloc(2 + Buffer.byteLength(reason))
  data.writeUInt16BE(code)
  data.write(reason, 2)
  return data
}

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
  #frames = new Inbox()
  #framing = false
  #received = 0

  constructor(socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received += chunk.length
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      if (this.#framing) this.#parseFrames()
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
      this.#framing = true
      this.#parseFrames()
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
    if (payload.length === 0) return { code: 1005, reason: '' }
    return { code: payload.readUInt16BE(), reason: payload.subarray(2).toString() }
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

  #parseFrames() {
    for (;;) {
      const buffer = this.#buffer
      if (buffer.length < 2) return
      let offset = 2
      let length = buffer[1] & 0x7f
      if (length === 126) {
        if (buffer.length < 4) return
        length = buffer.readUInt16BE(2)
        offset = 4
      } else if (length === 127) {
        if (buffer.length < 10) return
        length = Number(buffer.readBigUInt64BE(2))
        offset = 10
      }
      if (buffer.length < offset + length) return
      this.#frames.push({
        fin: (buffer[0] & 0x80) !== 0,
        rsv: (buffer[0] >> 4) & 7,
        opcode: buffer[0] & 15,
        masked: (buffer[1] & 0x80) !== 0,
        payload: buffer.subarray(offset, offset + length),
      })
      this.#buffer = buffer.subarray(offset + length)
    }
  }
}
