/** A line that fails, with a WebSocket at its end that isn't of the test kit. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { TestClient } from '../support/client.mjs'

/** @type {Awaited<ReturnType<typeof startRooms>>} */
let rooms
let link
let left

beforeEach(async () => {
  left = []
  rooms = await startRooms({
    options: { heartbeatIntervalMs: 1000 },
    hooks: { onLeave: (_wss, _room, id) => void left.push(id) },
    timeoutMs: 10_000,
  })
  link = await rooms.link()
})
afterEach(() => rooms.stop())

async function join() {
  const client = await new TestClient(link.url).opened
  await client.hello()
  return client
}
const empty = () => rooms.waitFor('room', ({ counts }) => counts.clients === 0)

test('everything passes, both ways, and the end of a connection too', async () => {
  const client = await join()
  const value = 'x'.repeat(1_000_000)
  client.change({ room: { value }, echo: true })
  expect((await client.next()).roomChanges[0].value).toBe(value)
  expect(link.connections).toBe(1)
  rooms.wss.ejectClient('room', client.id)
  expect((await client.closed).code).toBe(4500)
  const other = await join()
  other.close(1000)
  await empty()
  expect(left).toEqual([client.id, other.id])
})

test('cut: both sides are reset', async () => {
  const client = await join()
  link.cut()
  expect((await client.closed).code).toBe(1006)
  await empty()
})

test('down: nobody gets through until it is up', async () => {
  const client = await join()
  link.down()
  expect((await client.closed).code).toBe(1006)
  await expect(join()).rejects.toThrow()
  link.up()
  await (await join()).ping()
})

test('cutMidFrame: the next message arrives in part', async () => {
  const [client, witness] = [await join(), await rooms.join('room')]
  link.cutMidFrame()
  client.change({ room: { a: '1' } })
  expect((await client.closed).code).toBe(1006)
  expect(await witness.next()).toEqual({ type: 3, removeClients: [client.id] })
  expect({ ...rooms.wss.rooms.room.state }).toEqual({})
})

test('vanish: the client is gone, the server learns it from the heartbeat', async () => {
  const client = await join()
  link.vanish()
  expect((await client.closed).code).toBe(1006)
  expect(left).toEqual([])
  await empty()
})

test('freeze: nothing passes; thaw: all of it does', async () => {
  const client = await join()
  link.freeze()
  rooms.wss.room('room').set('a', '1')
  client.change({ room: { b: '1' } })
  await new Promise(setImmediate)
  expect(rooms.wss.room('room').state.b).toBeUndefined()
  link.thaw()
  expect((await client.next()).roomChanges).toEqual([{ key: 'a', value: '1' }])
  await rooms.waitFor('room', ({ state }) => state.b === '1')
})

test('freeze: in the end the server gives the client up', async () => {
  const client = await join()
  link.freeze()
  await empty()
  link.thaw()
  expect((await client.closed).code).toBe(1006)
})

test('slow: messages come at the rate', async () => {
  const client = await join()
  link.slow(100_000)
  const start = performance.now()
  rooms.wss.room('room').set('value', 'x'.repeat(50_000))
  await client.next()
  expect(performance.now() - start).toBeGreaterThan(200)
  link.slow(Infinity)
  await client.ping()
})
