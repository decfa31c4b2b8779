/** The test kit as an application uses it: its hooks, clients, and the end. */

import { createServer } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { MESSAGE_TYPE, WSS, wss as shared } from '@cgreenhalgh/websocket-room-server'
import { HttpServer } from '../support/server.mjs'

/** What a test has started and not stopped. */
const started = []
const start = async (options) => {
  const rooms = await startRooms(options)
  started.push(rooms)
  return rooms
}
afterEach(() => Promise.all(started.splice(0).map((rooms) => rooms.stop())))

const turns = {
  onLoadRoom: () => ({ turn: 'white' }),
  onChangeReq(_wss, req) {
    if (req.roomChanges?.some(({ key }) => key === 'turn'))
      throw new Error('the server says whose turn it is')
    return req
  },
  onActionReq(_wss, req, room) {
    if (req.action === 'move') room.set('turn', room.state.turn === 'white' ? 'black' : 'white')
    return { type: MESSAGE_TYPE.ACTION_RESP, id: req.id, success: req.action === 'move' }
  },
}

test('hooks are tested over real connections, without a line about sockets', async () => {
  const rooms = await start({ hooks: turns })
  const white = await rooms.join('chess')
  const black = await rooms.join({ roomId: 'chess', clientName: 'Bob' })
  expect(white.welcome.roomState).toEqual({ turn: 'white' })
  expect((await white.next()).addClients[black.id]).toEqual({ clientName: 'Bob', clientState: {} })

  white.action('move', { id: 'e4' })
  const told = { type: 3, roomChanges: [{ key: 'turn', value: 'black' }], updateClients: {} }
  expect(await white.take(2)).toEqual([told, { type: 5, id: 'e4', success: true }])
  expect(await black.next()).toEqual(told)
  expect((await black.ask('resign', { id: '1' })).success).toBe(false)

  black.change({ room: { turn: 'black' } })
  expect(await black.closed).toEqual({ code: 1002, reason: 'error: the server says whose turn it is' })
  expect(await white.next()).toEqual({ type: 3, removeClients: [black.id] })
  await white.quiet()
})

test('a refused client makes join reject with the reason, cut or told in a message', async () => {
  const rooms = await start({
    hooks: {
      onHelloReq: () => {
        throw new Error('please log in')
      },
    },
  })
  await expect(rooms.join('chess')).rejects.toThrow('1002 error: please log in')
  await expect(rooms.join({ ext: {} })).rejects.toThrow('not let in: error: please log in')
  await expect(rooms.connect({ url: `${rooms.url}x` })).rejects.toThrow('answered the upgrade with 404')
})

test('a condition on a room is waited for, and its error says what the room was like', async () => {
  const rooms = await start({ timeoutMs: 200 })
  const client = await rooms.join('chess')
  client.change({ room: { clock: '300' } })
  const room = await rooms.waitFor('chess', (it) => it?.state.clock === '300')
  expect(room).toBe(rooms.wss.room('chess'))
  await client.close()
  expect(await rooms.waitFor('chess', ({ counts }) => counts.clients === 0)).toBe(room)

  await expect(rooms.waitFor('chess', ({ state }) => state.clock === '0')).rejects.toThrow(
    /room 'chess': not as expected within 200 ms: state { clock: '300' }, clients \[\]/,
  )
  await expect(rooms.waitFor('go', (it) => it.state.clock === '0', { timeoutMs: 20 })).rejects.toThrow(
    /within 20 ms: there is no such room\. The condition threw: Cannot read/,
  )
  delete rooms.wss.rooms.chess
  await rooms.waitFor('chess', (it) => it === undefined)
})

test('who waits in vain is told what came', async () => {
  const rooms = await start({ timeoutMs: 100 })
  const client = await rooms.join('chess')
  client.change({ room: { turn: 'white' }, echo: true })
  await expect(client.next({ type: 5 })).rejects.toThrow(
    /no message with {"type":5} will come: none within 100 ms\. Came so far: 2\n {2}{"type":1.*\n {2}{"type":3,"roomChanges":\[{"key":"turn","value":"white"}\]/,
  )
  expect((await client.next()).type).toBe(3)
  await expect(client.next(undefined, { timeoutMs: 20 })).rejects.toThrow('none within 20 ms')
  rooms.wss.ejectClient('chess', client.id, 'enough')
  await expect(client.next()).rejects.toThrow('the connection was closed (4500 enough)')
})

test('what is wanted is taken first, and what came before it stays in order', async () => {
  const rooms = await start()
  const client = await rooms.join('chess')
  for (const turn of ['1', '2', '3']) client.change({ room: { turn }, echo: true })
  const two = await client.next((message) => message.roomChanges?.[0].value === '2')
  expect(two.roomChanges).toEqual([{ key: 'turn', value: '2' }])
  expect((await client.next({ roomChanges: [{ key: 'turn', value: '3' }] })).type).toBe(3)
  expect((await client.until({ type: 3 })).map(({ roomChanges }) => roomChanges[0].value)).toEqual(['1'])
  await client.quiet()
})

test("the application's own room server goes on living, as it was before", async () => {
  const onHelloReq = (_wss, req) => ({ clientState: req.clientState, readonly: false })
  shared.onHelloReq = onHelloReq
  shared.rooms.lobby = { id: 'lobby', clients: {}, state: {} }
  for (const name of ['first', 'second']) {
    const left = []
    const onLeave = (_wss, room) => left.push(room.id)
    const rooms = await startRooms({ wss: shared, hooks: { onLeave } })
    await rooms.join(name)
    await rooms.join('lobby')
    await rooms.stop()
    expect(left.sort()).toEqual([name, 'lobby'].sort())
    expect(Object.keys(shared.rooms)).toEqual(['lobby'])
    expect([shared.onHelloReq, shared.onLeave]).toEqual([onHelloReq, undefined])
    expect(shared.stats().connections).toBe(0)
  }
  await shared.close()
})

test("hooks may be set by a function, and the application's own routes are there", async () => {
  const wss = new WSS({ path: '/live' })
  const server = createServer((_request, response) => {
    wss.room('chess')?.set('turn', 'black')
    response.end('done')
  })
  const rooms = await start({ wss, path: '/live', server, hooks: (it) => (it.onLoadRoom = turns.onLoadRoom) })
  const client = await rooms.join('chess')
  expect(client.welcome.roomState).toEqual({ turn: 'white' })
  expect(await (await fetch(rooms.origin)).text()).toBe('done')
  expect((await client.next()).roomChanges).toEqual([{ key: 'turn', value: 'black' }])
  await rooms.stop()
  expect(server.listening).toBe(false)
  await wss.close()
})

test('headers and options arrive', async () => {
  let request
  const rooms = await start({
    options: { path: '/live', allowedOrigins: ['https://example.org'] },
    hooks: { onJoin: (_wss, _room, _id, client) => (request = client.ws.request) },
  })
  const Origin = 'https://example.org'
  const client = await rooms.join('chess', { headers: { Origin, Cookie: 'a=1' } })
  await client.ping()
  expect([request.url, request.origin, request.headers.cookie]).toEqual(['/live', Origin, 'a=1'])
  await expect(rooms.connect({ headers: { Origin: 'https://example.com' } })).rejects.toThrow('403')
})

test('mistakes are told at the start', async () => {
  await expect(startRooms({ hooks: { onHello() {} } })).rejects.toThrow(/no hook onHello: .*onHelloReq/)
  await expect(startRooms({ wss: new WSS(), options: {} })).rejects.toThrow('not with wss')
  const rooms = await startRooms()
  await Promise.all([rooms.stop(), rooms.stop()])
  await expect(rooms.connect()).rejects.toThrow('stopped')
})

test('big, binary and empty messages come as they are', async () => {
  const rooms = await start({
    hooks: { onActionReq: (_wss, req) => ({ type: 5, success: true, data: 'x'.repeat(Number(req.data)) }) },
  })
  const client = await rooms.join('chess')
  for (const size of [0, 125, 126, 65_535, 65_536, 3_000_000]) {
    const { data } = await client.ask('big', { data: `${size}` })
    expect(data).toHaveLength(size)
  }
  rooms.wss.room('chess').clients[client.id].ws.send(Buffer.from([1, 2]))
  expect(await client.nextRaw()).toEqual({ data: Buffer.from([1, 2]), isBinary: true })
})

test('what comes unasked for, or is looked at in the wrong way, breaks nothing', async () => {
  const rooms = await start({ timeoutMs: 300 })
  const client = await rooms.join('chess')
  const { ws } = rooms.wss.room('chess').clients[client.id]
  const wanted = client.next((message) => message.roomChanges[0].key === 'turn')
  const never = client.next((message) => message.nothing.at.all)
  never.catch(() => {})
  ws.send('no JSON')
  ws.send(Buffer.from('{}'))
  ws.send('null')
  rooms.wss.room('chess').set('turn', 'white')
  expect((await wanted).type).toBe(3)
  await expect(never).rejects.toThrow(/ 300 ms\..*\nOne was not looked at to the end: Cannot read/s)
  await expect(client.next()).rejects.toThrow('a message came that is not JSON: no JSON')
  await expect(client.next()).rejects.toThrow('a binary message came: 7b7d')
  expect(await client.next()).toBe(null)
})

test('stopping does not wait for hooks that never end, nor for clients that are gone or frozen', async () => {
  let joined = 0
  const rooms = await startRooms({
    options: { hookTimeoutMs: 0 },
    hooks: {
      onHelloReq: (_wss, req) => (req.clientName ? new Promise(() => joined++) : { clientState: {} }),
    },
  })
  const [frozen, vanished] = [await rooms.join(), await rooms.join()]
  frozen.freeze()
  vanished.vanish()
  const pending = rooms.join({ clientName: 'waits' })
  pending.catch(() => {})
  while (joined === 0) await new Promise(setImmediate)
  const link = await rooms.link()
  const other = await rooms.connect({ url: link.url })
  link.freeze()
  const begin = performance.now()
  await rooms.stop()
  expect(performance.now() - begin).toBeLessThan(2000)
  await expect(pending).rejects.toThrow('the connection was closed (1006 )')
  expect((await other.closed).code).toBe(1006)
  expect(rooms.wss.stats().connections).toBe(0)
})

test('over TLS too, with faults', async () => {
  const rooms = await start({ server: new HttpServer('https').http })
  expect([rooms.url, rooms.origin]).toEqual([
    `wss://127.0.0.1:${rooms.port}/wss`,
    `https://127.0.0.1:${rooms.port}`,
  ])
  const link = await rooms.link()
  const [ann, bob] = [await rooms.join('chess'), await rooms.join('chess', { url: link.url })]
  await ann.next({ type: 3 })
  bob.change({ room: { turn: 'white' } })
  expect((await ann.next()).roomChanges).toEqual([{ key: 'turn', value: 'white' }])
  link.cut()
  expect(await ann.next()).toEqual({ type: 3, removeClients: [bob.id] })
  await ann.cut()
  await rooms.waitFor('chess', ({ counts }) => counts.clients === 0)
})
