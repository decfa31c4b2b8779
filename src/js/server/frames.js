'use strict'

/**
 * What the application may hand to a socket, checked as the original's `ws` does, and the commands that it
 * becomes.
 */

/** So many bytes of reason fit into a close frame, beside its code. */
const MAX_REASON = 123

/** So many bytes fit into a ping. */
const MAX_PING = 125

/**
 * @param {unknown} data
 * @param {{ binary?: boolean } | undefined} options
 * @returns {string | Buffer} the text of a text frame, or the bytes of a binary one
 */
function frameOf(data, options) {
  const text = typeof data === 'number' ? String(data) : data
  const binary = options?.binary ?? typeof text !== 'string'
  if (typeof text === 'string') return binary ? Buffer.from(text) : text
  const bytes = bytesOf(data)
  return binary ? bytes : bytes.toString()
}

/**
 * @param {any} data
 * @returns {Buffer}
 * @throws {TypeError} by Buffer.from, for what can't be sent
 */
function bytesOf(data) {
  if (Buffer.isBuffer(data)) return data
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.from(data ?? [])
}

/**
 * The command that sends a text. Commands are lines, so a text of several lines travels as a JSON string.
 * @param {number} n
 * @param {string} text
 */
function textCommand(n, text) {
  return text === '' || /[\n\r]/.test(text) ? `T ${n} ${JSON.stringify(text)}` : `S ${n} ${text}`
}

/**
 * @param {unknown} code
 * @returns {number} 0 for a close frame without code
 */
function closeCode(code) {
  if (code === undefined) return 0
  if (typeof code === 'number' && isCloseCode(code)) return code
  throw new TypeError('First argument must be a valid error code number')
}

/** RFC 6455 section 7.4: those that may stand in a close frame. @param {number} code */
function isCloseCode(code) {
  if (!Number.isInteger(code)) return false
  return (
    (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) ||
    (code >= 3000 && code <= 4999)
  )
}

/**
 * @param {unknown} reason text or its bytes
 * @returns {string} cut to what fits into a close frame, between two characters
 */
function closeReason(reason) {
  const bytes = typeof reason === 'string' ? Buffer.from(reason) : bytesOf(reason)
  let end = Math.min(bytes.length, MAX_REASON)
  while (end < bytes.length && isInsideCharacter(bytes[end])) end -= 1
  return bytes.toString('utf8', 0, end)
}

/** @param {number} byte of UTF-8 */
function isInsideCharacter(byte) {
  return (byte & 0xc0) === 0x80
}

/** @param {unknown} data */
function pingText(data) {
  const frame = frameOf(data, { binary: true })
  if (frame.length > MAX_PING)
    throw new RangeError(`The data size must not be greater than ${MAX_PING} bytes`)
  return frame.toString()
}

exports.closeCode = closeCode
exports.closeReason = closeReason
exports.frameOf = frameOf
exports.pingText = pingText
exports.textCommand = textCommand
