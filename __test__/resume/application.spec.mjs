/** What the application gets to see of clients that lose their connections. */

import { expect } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { parseMetrics } from '../operations/open-metrics.mjs'
import { staged, turn } from '../support/lifecycle.mjs'
import { dropped, Session } from './session.mjs'

/** Notes which hooks are called, in order. */
function noteHooks({ wss }) {
  const calls = []
  for (const name of ['onJoin', 'onDrop', 'onResume', 'onLeave'])
    wss[name] = (_wss, room, id, info) =>
      void calls.push([name, room.id, id, info.connected, room.clients[id] === info])
  return calls
}

staged('onDrop, onResume and, in the end, one onLeave', async (s) => {
  const calls = noteHooks(s)
  const session = await Session.join(s)
  const witness = await s.join()
  const info = s.wss.rooms.room.clients[session.id]
  expect(info.connected).toBe(true)
  await session.cut()
  await dropped(s.wss)
  expect(info.connected).toBe(false)
  expect(info.ws.readyState).toBe(1)
  expect(Object.keys(s.wss.rooms.room.clients)).toEqual([session.id, witness.id])
  await session.connect()
  expect(info.connected).toBe(true)
  expect(s.wss.rooms.room.clients[session.id]).toBe(info)
  await session.client.close(1000)
  expect(await witness.next()).toEqual({ type: 3, removeClients: [session.id] })
  expect(info.connected).toBe(false)
  expect(calls.filter(([, , id]) => id === session.id)).toEqual([
    ['onJoin', 'room', session.id, true, true],
    ['onDrop', 'room', session.id, false, true],
    ['onResume', 'room', session.id, true, true],
    ['onLeave', 'room', session.id, false, false],
  ])
})

staged(
  'when the time is over it leaves, once',
  async (s) => {
    const calls = noteHooks(s)
    const session = await Session.join(s)
    const witness = await s.join()
    const closed = gate()
    s.wss.rooms.room.clients[session.id].ws.on('close', (code) => closed.open(code))
    await session.cut()
    expect(await witness.next()).toEqual({ type: 3, removeClients: [session.id] })
    expect(await closed.promise).toBe(1006)
    await witness.quiet()
    expect(calls.map(([name, , id]) => [name, id]).filter(([, id]) => id === session.id)).toEqual([
      ['onJoin', session.id],
      ['onDrop', session.id],
      ['onLeave', session.id],
    ])
  },
  { options: { resumeMs: 60 } },
)

staged('connected is no field: copies, JSON and keys are as ever', async (s) => {
  const session = await Session.join(s)
  const info = s.wss.rooms.room.clients[session.id]
  expect(Object.keys(info)).toEqual(['ws', 'readonly', 'clientType', 'clientName', 'clientState'])
  expect('connected' in { ...info }).toBe(false)
})

staged('the request and the cookies are those of the newest connection', async (s) => {
  const resumed = gate()
  const session = await Session.join(s, {}, { headers: { cookie: 'n=1' } })
  const info = s.wss.rooms.room.clients[session.id]
  const { ws, clientState, data } = info
  expect([ws.cookies, ws.request.headers.cookie]).toEqual(['n=1', 'n=1'])
  data.kept = true
  await session.cut()
  await dropped(s.wss)
  s.wss.onResume = (_wss, _room, _id, client) => resumed.open([client.ws.cookies, client.data.kept])
  await session.connect(undefined, { headers: { cookie: 'n=2', origin: 'http://example.org' } })
  expect(await resumed.promise).toEqual(['n=2', true])
  expect(info.ws).toBe(ws)
  expect(info.clientState).toBe(clientState)
  expect(ws.request.origin).toBe('http://example.org')
})

staged('without a hook the request is renewed all the same', async (s) => {
  const session = await Session.join(s, {}, { headers: { cookie: 'n=1' } })
  const { ws } = s.wss.rooms.room.clients[session.id]
  expect(ws.cookies).toBe('n=1')
  await session.connect(undefined, { headers: { cookie: 'n=2' } })
  session.change({ room: {}, echo: true })
  await session.next()
  while (ws.cookies !== 'n=2') await turn()
})

staged('a replaced connection is told of with onResume alone', async (s) => {
  const calls = noteHooks(s)
  const session = await Session.join(s)
  const first = session.client
  await session.connect()
  await first.closed
  await s.settle(session.client)
  expect(calls.map(([name]) => name)).toEqual(['onJoin', 'onResume'])
})

staged('what is asked of a client waits for it', async (s) => {
  const session = await Session.join(s)
  const client = s.wss.room('room').clients[session.id]
  await session.cut()
  await dropped(s.wss)
  const answer = client.request('ready?')
  await session.connect()
  const { id, action } = await session.next()
  expect(action).toBe('ready?')
  session.send({ type: 5, id, success: true, data: 'yes' })
  expect(await answer).toMatchObject({ success: true, data: 'yes' })
})

staged('hooks that run meanwhile answer into the gap, and after it', async (s) => {
  const gates = { a: gate(), b: gate() }
  s.wss.onActionReq = async (_wss, { action, id }) => {
    await gates[action].promise
    return { type: 5, id, success: true }
  }
  const session = await Session.join(s)
  session.action('a', { id: '1' })
  session.action('b', { id: '2' })
  // They are with the server when the heartbeat or the way back says so.
  await session.client.ping()
  await session.cut()
  await dropped(s.wss)
  gates.a.open()
  await turn()
  await session.connect()
  expect(session.resume).toMatchObject({ outcome: 'replayed', received: 2 })
  expect(await session.next()).toMatchObject({ id: '1', success: true })
  gates.b.open()
  expect(await session.next()).toMatchObject({ id: '2', success: true })
})

staged('a change hook that refuses while the client is away makes it leave', async (s) => {
  const waiting = gate()
  s.wss.onChangeReq = async () => {
    await waiting.promise
    throw new Error('no')
  }
  const session = await Session.join(s)
  const witness = await s.join()
  await session.next()
  session.change({ room: { k: 'v' } })
  await session.client.ping()
  await session.cut()
  await dropped(s.wss)
  waiting.open()
  expect(await witness.next()).toEqual({ type: 3, removeClients: [session.id] })
  await session.connect()
  expect(session.resume.outcome).toBe('new')
})

staged(
  'changes keep their order over a gap with orderedChanges',
  async (s) => {
    const gates = [gate(), gate(), gate()]
    s.wss.onChangeReq = async (_wss, req) => {
      await gates[Number(req.roomChanges[0].value)].promise
      return { roomChanges: req.roomChanges, echo: true }
    }
    const session = await Session.join(s)
    for (const value of ['0', '1']) session.change({ room: { k: value } })
    await session.client.ping()
    gates[1].open()
    await session.cut()
    await dropped(s.wss)
    await session.connect()
    session.change({ room: { k: '2' } })
    gates[2].open()
    await session.client.quiet()
    gates[0].open()
    const values = (await session.take(3)).map(({ roomChanges }) => roomChanges[0].value)
    expect(values).toEqual(['0', '1', '2'])
  },
  { options: { orderedChanges: true } },
)

const ENDS = {
  'is ejected': (s, id) => s.wss.ejectClient('room', id),
  'is ejected by its object': (s, id) => s.wss.room('room').clients[id].eject(),
  'has its room closed': (s) => s.wss.closeRoom('room'),
  'is closed for good': (s, id) => s.wss.rooms.room.clients[id].ws.close(1000),
  'is terminated': (s, id) => s.wss.rooms.room.clients[id].ws.terminate(),
}

for (const [how, end] of Object.entries(ENDS)) {
  staged(`a dropped client that ${how} leaves at once`, async (s) => {
    const left = gate()
    s.wss.onLeave = (_wss, room, id) => left.open([id, id in room.clients])
    const session = await Session.join(s)
    await session.cut()
    await dropped(s.wss)
    end(s, session.id)
    expect(await left.promise).toEqual([session.id, false])
    await dropped(s.wss, 0)
    await session.connect()
    expect(session.resume.outcome).toBe('new')
  })
}

staged('deleting the room, or taking the client out by hand, leaves nothing to come back to', async (s) => {
  for (const end of [
    () => delete s.wss.rooms.room,
    (id) => delete s.wss.rooms.room.clients[id],
    () => (s.wss.rooms.room = { id: 'room', clients: {}, state: {} }),
  ]) {
    const session = await Session.join(s)
    await session.cut()
    await dropped(s.wss)
    end(session.id)
    await dropped(s.wss, 0)
    await session.connect()
    expect(session.resume.outcome).toBe('new')
    await session.client.close(1000)
  }
})

staged('a room that is replaced takes those along that are kept', async (s) => {
  const session = await Session.join(s)
  await session.cut()
  await dropped(s.wss)
  const { clients } = s.wss.rooms.room
  s.wss.rooms.room = { id: 'room', clients: { ...clients }, state: { made: 'anew' } }
  s.wss.broadcastChange(s.wss.rooms.room, { type: 99 })
  await session.connect()
  expect(session.resume.outcome).toBe('replayed')
  expect(await session.next()).toEqual({ type: 99 })
  expect(session.id in s.wss.rooms.room.clients).toBe(true)
})

staged('the http server that closes takes its dropped clients with it', async (s) => {
  const left = gate()
  s.wss.onLeave = (_wss, _room, id) => left.open(id)
  const session = await Session.join(s)
  await session.cut()
  await dropped(s.wss)
  s.server.http.close()
  expect(await left.promise).toBe(session.id)
})

staged('the end of the room server does not wait for dropped clients', async (s) => {
  const left = []
  s.wss.onLeave = (_wss, _room, id) => void left.push(id)
  const session = await Session.join(s)
  await session.cut()
  await dropped(s.wss)
  const start = performance.now()
  await s.wss.close()
  expect(performance.now() - start).toBeLessThan(2000)
  expect(left).toEqual([session.id])
})

staged('the application may close for what passes, and hear of the client again', async (s) => {
  const calls = noteHooks(s)
  const session = await Session.join(s)
  const { ws } = s.wss.rooms.room.clients[session.id]
  ws.close(4150, 'reload')
  expect(await session.client.closed).toEqual({ code: 4150, reason: 'reload' })
  await dropped(s.wss)
  expect(ws.readyState).toBe(1)
  await session.connect()
  s.wss.onActionReq = () => 'heard'
  session.action('hear')
  expect(await session.next()).toBe('heard')
  expect(calls.map(([name]) => name)).toEqual(['onJoin', 'onDrop', 'onResume'])
})

staged(
  'past maxDropped who loses its connection leaves at once',
  async (s) => {
    const witness = await s.join()
    const sessions = [await Session.join(s), await Session.join(s), await Session.join(s)]
    for (const session of sessions) {
      await witness.next()
      await session.cut()
      if (session !== sessions[2]) await dropped(s.wss, sessions.indexOf(session) + 1)
    }
    expect(await witness.next()).toEqual({ type: 3, removeClients: [sessions[2].id] })
    expect(s.wss.stats().dropped).toBe(2)
    const { ws } = s.wss.rooms.room.clients[sessions[0].id]
    await sessions[0].connect()
    // One place is free again.
    ws.close(4100)
    await dropped(s.wss, 2)
  },
  { options: { maxDropped: 2 } },
)

staged(
  'dropped clients take none of maxClients, and keep their place in the room',
  async (s) => {
    const session = await Session.join(s)
    await s.join()
    await session.cut()
    await dropped(s.wss)
    const third = await s.connect()
    third.send({ protocol: 'websocket-room-server:1', roomProtocol: '', roomId: 'room', clientState: {} })
    expect((await third.closed).code).toBe(1013)
    while (s.wss.stats().connections > 1) await turn()
    await session.connect()
    expect(session.resume.outcome).toBe('replayed')
  },
  { options: { maxClients: 2, maxClientsPerRoom: 2 } },
)

staged('onResume may eject', async (s) => {
  s.wss.onResume = (_wss, _room, _id, client) => void client.eject('not again')
  const session = await Session.join(s)
  await session.cut()
  await dropped(s.wss)
  await session.connect()
  expect(await session.client.closed).toEqual({ code: 4500, reason: 'not again' })
})

staged('hooks that throw are told of and harm nobody', async (s) => {
  const errors = []
  s.wss.onError = (_wss, error, where) => void errors.push([error.message, where])
  s.wss.onDrop = () => {
    throw new Error('dropped')
  }
  s.wss.onResume = async () => {
    throw new Error('resumed')
  }
  const session = await Session.join(s)
  await session.cut()
  await dropped(s.wss)
  await session.connect()
  session.change({ room: { k: 'v' }, echo: true })
  await session.next()
  while (errors.length < 2) await turn()
  const where = { clientId: session.id, roomId: 'room' }
  expect(errors).toEqual([
    ['dropped', { hook: 'onDrop', ...where }],
    ['resumed', { hook: 'onResume', ...where }],
  ])
})

staged('figures', async (s) => {
  const session = await Session.join(s)
  const other = await Session.join(s)
  await session.cut()
  await dropped(s.wss)
  expect(s.wss.stats()).toMatchObject({ dropped: 1, connections: 1, clients: 2, closes: { 1006: 1 } })
  await session.connect()
  await other.connect({ token: 'none of ours', received: 0 })
  const stats = s.wss.stats()
  expect(stats.resumes).toEqual({ replayed: 1, snapshot: 0, refused: 1 })
  const families = parseMetrics(s.wss.metrics())
  const sample = (family, name) => families.get(family).samples.get(name)
  expect(sample('room_server_dropped', 'room_server_dropped')).toBe(stats.dropped)
  for (const [outcome, count] of Object.entries(stats.resumes))
    expect(sample('room_server_resumes', `room_server_resumes_total{outcome="${outcome}"}`)).toBe(count)
})
