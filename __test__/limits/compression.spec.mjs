/** permessage-deflate: negotiated where both sides want it, and seen by nobody but the wire. */

import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { deflateRawSync, constants } from 'node:zlib'
import WebSocket from 'ws'
import { afterEach, expect, test } from 'vitest'

const { WSS } = createRequire(import.meta.url)('../../index.js')

const cleanUp = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function serve(options) {
  const wss = new WSS(options)
  const server = createServer()
  wss.addWebsockets(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  cleanUp.push(async () => {
    await wss.close({ drainMs: 100 })
    server.close()
  })
  return { wss, url: `ws://127.0.0.1:${server.address().port}/wss` }
}

/** A client that keeps its messages and can wait for one. */
async function join(url, perMessageDeflate) {
  const socket = new WebSocket(url, { perMessageDeflate })
  const inbox = []
  let look = () => {}
  socket.on('message', (data) => {
    inbox.push(JSON.parse(data))
    look()
  })
  const until = (found) =>
    new Promise((resolve) => {
      look = () => {
        const message = inbox.find(found)
        if (message) resolve(message)
      }
      look()
    })
  cleanUp.push(() => socket.terminate())
  await once(socket, 'open')
  const hello = { protocol: 'websocket-room-server:1', roomProtocol: 'p', roomId: 'r', clientState: {} }
  socket.send(JSON.stringify(hello))
  await until(({ type }) => type === 1)
  return { socket, until, closed: once(socket, 'close') }
}

const change = (value) => JSON.stringify({ type: 2, roomChanges: [{ key: 'k', value }], echo: true })
const carries = (value) => (message) => message.roomChanges?.[0].value === value

test('off unless asked for, by either side', async () => {
  const off = await serve({})
  expect((await join(off.url, true)).socket.extensions).toBe('')
  const on = await serve({ compression: true })
  expect((await join(on.url, false)).socket.extensions).toBe('')
  expect((await join(on.url, true)).socket.extensions).toContain('permessage-deflate')
})

test('all members get the same, in order, whether they read compressed messages or not', async () => {
  const { url } = await serve({ compression: { threshold: 100 } })
  const members = [
    await join(url, { threshold: 0 }),
    await join(url, false),
    await join(url, { threshold: 0 }),
  ]
  const values = ['small', 'large '.repeat(1000), 'é☃😀 '.repeat(300), 'x']
  for (const [index, value] of values.entries()) members[index % 3].socket.send(change(value))
  for (const { until } of members) for (const value of values) await until(carries(value))
})

test('a compressed message saves bytes', async () => {
  const { wss, url } = await serve({ compression: true })
  const sender = await join(url, false)
  const value = 'again and again '.repeat(4096)
  const bytesOf = async (perMessageDeflate) => {
    const reader = await join(url, perMessageDeflate)
    const before = wss.stats().bytesOut
    sender.socket.send(JSON.stringify({ type: 2, roomChanges: [{ key: 'k', value }] }))
    await reader.until(carries(value))
    reader.socket.terminate()
    await sender.until(({ removeClients }) => removeClients)
    return wss.stats().bytesOut - before
  }
  const plain = await bytesOf(false)
  expect(plain).toBeGreaterThan(value.length)
  expect(await bytesOf(true)).toBeLessThan(plain / 10)
})

test('what a compressed message becomes counts for the limit; nobody else notices', async () => {
  const { url } = await serve({ compression: true, maxMessageBytes: 100_000 })
  const [witness, inside, bomber] = [
    await join(url, false),
    await join(url, { threshold: 0 }),
    await join(url, true),
  ]
  const fits = 'y'.repeat(90_000)
  inside.socket.send(change(fits))
  await witness.until(carries(fits))
  const bomb = deflateRawSync(change('0'.repeat(10_000_000)), { finishFlush: constants.Z_SYNC_FLUSH })
  const payload = bomb.subarray(0, bomb.length - 4)
  expect(payload.length).toBeLessThan(100_000)
  bomber.socket._socket.write(frame(payload))
  expect((await bomber.closed)[0]).toBe(1009)
  witness.socket.send(change('still here'))
  await witness.until(carries('still here'))
})

test('options that make no sense are refused', () => {
  for (const compression of [null, 'yes', { threshold: -1 }, { threshold: '1' }, { level: 9 }]) {
    expect(() => new WSS({ compression }), JSON.stringify(compression)).toThrow(/compression/)
  }
})

/** A compressed text frame as a client sends it, with a mask of zeros. */
function frame(payload) {
  const header = Buffer.alloc(14)
  header.writeUInt8(0xc1, 0)
  header.writeUInt8(0x80 | 127, 1)
  header.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([header, payload])
}
