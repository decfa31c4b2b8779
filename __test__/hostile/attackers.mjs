/** Clients that only write: the request, the hello and whatever follows, in one packet. */

import net from 'node:net'
import { helloReq } from '../support/messages.mjs'
import { frame, upgradeRequest } from '../support/raw-client.mjs'

export const text = (message, options) => frame(JSON.stringify(message), { mask: ZERO, ...options })
/** Masks nothing: making a mask for each frame costs the attacker more than the attacked. */
const ZERO = Buffer.alloc(4)

const REQUEST = Buffer.from(upgradeRequest())

/** A hello, ready to be sent. */
export const hello = (fields) => text(helloReq(fields))

/** Connects and writes; the socket, which nobody reads from unless it is resumed. */
export async function attack(port, ...parts) {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))))
  return socket
}

/** The same behind an upgrade request. */
export const upgrade = (port, ...parts) => attack(port, REQUEST, ...parts)

/** Passes when the server has ended the connection. */
export function ended(socket) {
  socket.resume()
  return socket.closed ? undefined : new Promise((resolve) => socket.once('close', resolve))
}

/** Passes with the first bytes behind the handshake, or with the connection's end. */
export function answered(socket) {
  let seen = 0
  return new Promise((resolve) => {
    socket.on('data', (chunk) => (seen += chunk.length) > 150 && resolve())
    socket.once('close', resolve)
  })
}

/** Writes all of it, as fast as the server reads, unless the connection ends. */
export async function pour(socket, chunk, times) {
  const closed = new Promise((resolve) => socket.once('close', resolve))
  for (let i = 0; i < times && !socket.destroyed; i++)
    if (!socket.write(chunk))
      await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))])
}

/** Does something so often, so many at a time. */
export async function often(count, width, run) {
  let next = 0
  const lane = async () => {
    while (next < count) await run(next++)
  }
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane))
}
