/** A client that breaks off, splits its bytes anywhere, and says what comes to mind. One life is one connection. */

import net from 'node:net'
import { closePayload, frame, OPCODE, upgradeRequest } from '../support/raw-client.mjs'
import { hello, request } from './texts.mjs'

export async function intrude(port, random) {
  const socket = net.connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {}) // 'close' follows
  if (random.chance(0.9)) socket.resume()
  await write(socket, random, bytes(random))
  depart(socket, random)
  setTimeout(() => socket.destroy(), 3_000).unref()
  await ended
}

/** All that it ever says. */
function bytes(random) {
  const head = random.chance(0.03)
    ? upgradeRequest(random.pick(['/wss', '/other']), { 'Sec-WebSocket-Key': random.pick([undefined, 'x']) })
    : upgradeRequest()
  const frames = Array.from({ length: 1 + random.below(12) }, (_, index) => oneFrame(random, index === 0))
  return Buffer.concat([Buffer.from(head), ...frames])
}

function oneFrame(random, first) {
  if (random.chance(0.05)) return oddFrame(random)
  const text = first ? hello(random) : request(random)
  if (random.chance(0.8)) return frame(text, { opcode: random.chance(0.9) ? OPCODE.text : OPCODE.binary })
  const middle = random.below(text.length + 1)
  return Buffer.concat([
    frame(text.slice(0, middle), { fin: false }),
    frame('', { opcode: OPCODE.ping }),
    frame(text.slice(middle), { opcode: OPCODE.continuation }),
  ])
}

function oddFrame(random) {
  return random.pick([
    () => frame('x', { mask: false }),
    () => frame('x', { rsv: 1 + random.below(7) }),
    () => frame('x', { opcode: random.below(16) }),
    () => frame('x'.repeat(200), { opcode: OPCODE.ping }),
    () => frame(Buffer.from([0xff, 0xfe])),
    () => frame('x', { length: 2 ** 40 }),
    () => frame(closePayload(random.below(65_536), 'bye'), { opcode: OPCODE.close }),
    () => Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256))),
  ])()
}

async function write(socket, random, all) {
  const cut = random.chance(0.3) ? random.below(all.length) : all.length
  for (let at = 0; at < cut && !socket.destroyed;) {
    const size = random.chance(0.5) ? cut - at : 1 + random.below(60)
    const chunk = all.subarray(at, Math.min(cut, at + size))
    await new Promise((resolve) => socket.write(chunk, resolve))
    at += chunk.length
    if (random.chance(0.2)) await new Promise((resolve) => setTimeout(resolve, random.below(10)))
  }
}

function depart(socket, random) {
  random.pick([
    () => socket.resetAndDestroy(),
    () => socket.destroy(),
    () => socket.end(),
    () => setTimeout(() => socket.destroy(), random.below(100)),
    () => {},
  ])()
}
