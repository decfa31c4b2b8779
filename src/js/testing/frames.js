'use strict'

/**
 * Frames of RFC 6455, as a client writes and reads them: whole, broken on purpose, or in pieces.
 */

const { randomBytes } = require('node:crypto')

/** @typedef {{ fin: boolean, rsv: number, opcode: number, masked: boolean, payload: Buffer }} Frame */

const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

/**
 * One frame.
 * @param {string | Uint8Array} [payload]
 * @param {{ opcode?: number, fin?: boolean, rsv?: number, mask?: boolean | Uint8Array, length?: number }} [options]
 *   `mask`: true (a random key), false (an unmasked frame) or the key itself; `length`: what the head says, if that
 *   isn't the payload's
 */
function frame(payload = '', { opcode = OPCODE.text, fin = true, rsv = 0, mask = true, length } = {}) {
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

/**
 * The payload of a close frame. Without a code it is empty.
 * @param {number} [code]
 * @param {string} [reason]
 */
function closePayload(code, reason = '') {
  if (code === undefined) return Buffer.alloc(0)
  const data = Buffer.alloc(2 + Buffer.byteLength(reason))
  data.writeUInt16BE(code)
  data.write(reason, 2)
  return data
}

/**
 * What a close frame says; code 1005 for an empty one.
 * @param {Buffer} payload
 */
function readClose(payload) {
  if (payload.length < 2) return { code: 1005, reason: '' }
  return { code: payload.readUInt16BE(), reason: payload.subarray(2).toString() }
}

/** Makes frames of bytes that come in pieces, whichever side has sent them. */
class FrameReader {
  #buffer = Buffer.alloc(0)

  /** @param {Uint8Array} chunk */
  push(chunk) {
    this.#buffer = this.#buffer.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#buffer, chunk])
  }

  /** The next frame that is there as a whole. @returns {Frame | undefined} */
  next() {
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
    const masked = (buffer[1] & 0x80) !== 0
    const start = masked ? offset + 4 : offset
    if (buffer.length < start + length) return
    this.#buffer = buffer.subarray(start + length)
    const payload = buffer.subarray(start, start + length)
    if (masked) for (let i = 0; i < length; i++) payload[i] ^= buffer[offset + (i % 4)]
    return {
      fin: (buffer[0] & 0x80) !== 0,
      rsv: (buffer[0] >> 4) & 7,
      opcode: buffer[0] & 15,
      masked,
      payload,
    }
  }
}

exports.FrameReader = FrameReader
exports.OPCODE = OPCODE
exports.closePayload = closePayload
exports.frame = frame
exports.readClose = readClose
