/** `wss.stats()` and `wss.metrics()`: figures for an operator. */

import { expect, test } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { pkg, spin, staged, turn } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'
import { parseMetrics } from './open-metrics.mjs'

test('a room server that nobody uses has figures too, and does not load the engine for them', () => {
  const stats = new pkg.WSS().stats()
  expect(stats).toEqual({
    rooms: 0,
    clients: 0,
    connections: 0,
    dropped: 0,
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    queuedBytes: 0,
    pendingCalls: 0,
    closes: {},
    resumes: { replayed: 0, snapshot: 0, refused: 0 },
    hooks: {},
    uptimeMs: expect.any(Number),
  })
})

staged('rooms, clients, messages and closes are counted', async (s) => {
  const [one, two] = await s.joinAll(2)
  const watcher = await s.join({ roomId: 'other', readonly: true })
  await s.connect()
  const before = s.wss.stats()
  expect(before).toMatchObject({ rooms: 2, clients: 3, connections: 4, messagesIn: 3, closes: {} })
  one.change({ room: { a: '1' } })
  await two.next()
  await one.ping()
  const after = s.wss.stats()
  expect([after.messagesIn - before.messagesIn, after.messagesOut - before.messagesOut]).toEqual([1, 1])
  expect(after.bytesIn).toBeGreaterThan(before.bytesIn)
  expect(after.bytesOut).toBeGreaterThan(before.bytesOut)
  expect(after.uptimeMs).toBeGreaterThan(before.uptimeMs)
  await watcher.close(1000)
  await two.close(4321)
  const refused = (await s.connect()).sendText('{}')
  await refused.closed
  while (s.wss.stats().connections > 2) await turn()
  expect(s.wss.stats()).toMatchObject({ clients: 1, closes: { 1000: 1, 1002: 1, 4321: 1 } })
})

staged('what waits for a client that does not read, and for a hook, is counted', async (s) => {
  const hook = gate()
  s.wss.onActionReq = () => hook.promise
  const client = await s.join()
  const deaf = await s.joinRaw({ roomId: 'deaf' })
  deaf.socket.pause()
  client.action('wait')
  while (s.wss.stats().pendingCalls < 1) await turn()
  const { ws } = s.wss.rooms.deaf.clients[deaf.welcome.clientId]
  for (let i = 0; i < 12; i++) ws.send('x'.repeat(2 ** 20))
  while (s.wss.stats().queuedBytes < 2 ** 20) await turn()
  hook.open({ type: 5, success: true })
  await client.next()
  expect(s.wss.stats().pendingCalls).toBe(0)
})

staged('hooks are counted and timed', async (s) => {
  s.wss.onHelloReq = (_wss, { clientState, readonly }) => ({ clientState, readonly })
  s.wss.onChangeReq = async (_wss, req) => (spin(20), req)
  s.wss.onActionReq = async () => {
    throw new Error('no')
  }
  s.wss.onLeave = () => spin(5)
  const [client, other] = await s.joinAll(2)
  for (const a of ['1', '2']) client.change({ room: { a }, echo: true })
  await client.take(2)
  await other.take(2)
  other.action('fail')
  await other.closed
  await client.next()
  await client.ping()
  const { onHelloReq, onChangeReq, onActionReq, onLeave } = s.wss.stats().hooks
  expect(onHelloReq).toMatchObject({ count: 2, errors: 0 })
  expect(onChangeReq).toMatchObject({ count: 2, errors: 0 })
  expect(onChangeReq.meanMs).toBeGreaterThanOrEqual(20)
  expect(onChangeReq.maxMs).toBeGreaterThanOrEqual(onChangeReq.meanMs)
  expect(onActionReq).toMatchObject({ count: 1, errors: 1 })
  expect(onLeave).toMatchObject({ count: 1, errors: 0 })
})

staged('the metrics are OpenMetrics text and say what the statistics say', async (s) => {
  s.wss.onHelloReq = async (_wss, { clientState, readonly }) => ({ clientState, readonly })
  const [client, other] = await s.joinAll(2)
  await other.close(4321)
  await client.next()
  while (s.wss.stats().connections > 1) await turn()
  const stats = s.wss.stats()
  const families = parseMetrics(s.wss.metrics())
  const value = (name, labels = '') => {
    for (const { samples } of families.values())
      if (samples.has(name + labels)) return samples.get(name + labels)
    throw new Error(`no ${name}${labels}`)
  }
  for (const [name, member] of [
    ['room_server_rooms', 'rooms'],
    ['room_server_clients', 'clients'],
    ['room_server_connections', 'connections'],
    ['room_server_messages_received_total', 'messagesIn'],
    ['room_server_messages_sent_total', 'messagesOut'],
    ['room_server_received_bytes_total', 'bytesIn'],
    ['room_server_sent_bytes_total', 'bytesOut'],
    ['room_server_queued_bytes', 'queuedBytes'],
    ['room_server_pending_calls', 'pendingCalls'],
  ])
    expect([name, value(name)]).toEqual([name, stats[member]])
  expect(value('room_server_hook_duration_seconds_count', '{hook="onHelloReq"}')).toBe(2)
  expect(value('room_server_hook_errors_total', '{hook="onHelloReq"}')).toBe(0)
  expect(value('room_server_hook_duration_seconds_sum', '{hook="onHelloReq"}')).toBeLessThan(5)
  // A code of the client's choice is no series of its own.
  expect(value('room_server_closes_total', '{code="other"}')).toBe(1)
  expect(value('room_server_uptime_seconds')).toBeGreaterThan(0)
})

test('before anything has happened they are valid too', () => {
  expect(parseMetrics(new pkg.WSS().metrics()).size).toBeGreaterThan(10)
})

staged('the figures are cheap with many clients', async (s) => {
  const clients = await Promise.all(Array.from({ length: 300 }, () => s.connect()))
  for (const [i, client] of clients.entries()) client.send(helloReq({ roomId: `${i % 30}`, readonly: true }))
  await Promise.all(clients.map((client) => client.next()))
  const start = performance.now()
  for (let i = 0; i < 200; i++) s.wss.stats()
  const each = (performance.now() - start) / 200
  console.log(`stats() with 300 clients in 30 rooms: ${(each * 1000).toFixed(0)} µs`)
  expect(each).toBeLessThan(5)
})
