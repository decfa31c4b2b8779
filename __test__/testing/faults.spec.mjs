/** Connections that fail, as the server meets them. */

import { afterEach, expect, test } from 'vitest'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'

/** Long enough for an answer on a busy machine, short enough to wait for. */
const PULSE_MS = 1000

/** @type {Awaited<ReturnType<typeof startRooms>>} */
let rooms
let watcher
let left

/** A client that will fail, and one that will hear of it. */
async function victim({ heartbeatIntervalMs = 10_000 } = {}) {
  left = []
  rooms = await startRooms({
    options: { heartbeatIntervalMs, maxBufferedBytes: 256 * 1024 },
    hooks: { onLeave: (_wss, _room, id) => void left.push(id) },
    timeoutMs: 10_000,
  })
  watcher = await rooms.join('room')
  const client = await rooms.join('room')
  await watcher.next({ type: 3 })
  return client
}
afterEach(() => rooms.stop())

/** The others hear that it left, and the leave hook was called. */
async function leaves({ id }) {
  expect(await watcher.next()).toEqual({ type: 3, removeClients: [id] })
  expect(left).toEqual([id])
  expect(Object.keys(rooms.wss.room('room').clients)).toEqual([watcher.id])
}

for (const fault of ['cut', 'cutMidFrame', 'end']) {
  test(`${fault}: the server notices at once, without any close frame`, async () => {
    const client = await victim()
    expect(await client[fault]()).toEqual({ code: 1006, reason: '' })
    await leaves(client)
    expect(rooms.wss.stats().closes['1006']).toBe(1)
  })
}

test('freeze: answers nothing until the heartbeat finds it dead', async () => {
  const client = (await victim({ heartbeatIntervalMs: PULSE_MS })).freeze()
  expect(() => client.change({ room: { a: '1' } })).toThrow('thaw() it first')
  await leaves(client)
  client.thaw()
  expect((await client.closed).code).toBe(1006)
})

test('thaw: what came meanwhile is there', async () => {
  const client = await victim()
  client.freeze()
  watcher.change({ room: { a: '1' } })
  await rooms.waitFor('room', ({ state }) => state.a === '1')
  client.thaw()
  expect((await client.next()).roomChanges).toEqual([{ key: 'a', value: '1' }])
  expect(left).toEqual([])
})

test('vanish: for the test it is closed, for the server it is there until the heartbeat finds it dead', async () => {
  const client = (await victim({ heartbeatIntervalMs: PULSE_MS })).vanish()
  expect(await client.closed).toEqual({ code: 1006, reason: '' })
  expect(Object.keys(rooms.wss.room('room').clients)).toContain(client.id)
  await leaves(client)
})

test('readSlowly: a slow reader is closed at its limit, the others never wait for it', async () => {
  const client = (await victim()).readSlowly(1000)
  const value = 'x'.repeat(64 * 1024)
  const { ws } = rooms.wss.room('room').clients[client.id]
  while (ws.readyState === ws.OPEN) {
    watcher.change({ room: { value }, echo: true })
    await watcher.next()
  }
  client.readSlowly(Infinity)
  expect((await client.closed).code).toBe(4100)
  await leaves(client)
})

test('readSlowly: a moderate one gets everything in the end', async () => {
  const client = (await victim()).readSlowly(1_000_000)
  const value = 'x'.repeat(50_000)
  watcher.change({ room: { value } })
  expect((await client.next()).roomChanges[0].value).toBe(value)
  client.readSlowly(Infinity)
  await client.ping()
})

test('a client that asked for resume is dropped by a fault, and comes back to its seat', async () => {
  await victim()
  const hello = { roomId: 'table 5', ext: { resume: {} } }
  const ann = await rooms.join(hello)
  const { token } = ann.welcome.ext.resume
  await ann.cut()
  const room = await rooms.waitFor('table 5', (it) => it?.clients[ann.id].connected === false)
  room.set('turn', 'white')
  const back = await rooms.join({ ...hello, ext: { resume: { token, received: 0 } } })
  expect([back.id, back.welcome.ext.resume.outcome]).toEqual([ann.id, 'replayed'])
  expect((await back.next()).roomChanges).toEqual([{ key: 'turn', value: 'white' }])
  expect(left).toEqual([])
})
