/** The life of a room: loading, joining, disposing, and who hears of what goes wrong. */

import { expect, vi } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { staged, turn } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'

const TTL = { options: { emptyRoomTtlMs: 30 } }

/** Runs with stderr caught: its lines. */
async function caught(run) {
  const print = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    await run()
    return print.mock.calls.map(([text, error]) => `${text} ${error?.message ?? error}`)
  } finally {
    print.mockRestore()
  }
}

for (const hello of [false, true]) {
  const how = hello ? ', with a hello hook' : ''
  const setHello = (s) => {
    if (!hello) return
    s.wss.onHelloReq = async (wss, { clientState, roomId }) => {
      // Looks at rooms, as hooks do.
      await turn()
      void wss.rooms[roomId]?.clients
      return { clientState, readonly: false }
    }
  }

  staged(`100 joiners of a room that loads slowly: one call, all get the loaded state${how}`, async (s) => {
    setHello(s)
    const loading = gate()
    let calls = 0
    s.wss.onLoadRoom = async (wss, room) => {
      calls++
      room.state.early = 'written'
      await loading.promise
      expect(Object.keys(wss.rooms.room.clients)).toEqual([])
      room.state.late = 'written too'
    }
    const joiners = await Promise.all(Array.from({ length: 100 }, () => s.connect()))
    for (const joiner of joiners) joiner.send(helloReq())
    // The pong comes behind the hello.
    for (const joiner of joiners) await joiner.quiet()
    loading.open()
    for (const joiner of joiners) {
      const welcome = await joiner.next()
      expect(welcome.roomState).toEqual({ early: 'written', late: 'written too' })
    }
    const late = await s.join()
    expect(Object.keys(late.welcome.clients)).toHaveLength(101)
    expect(calls).toBe(1)
  })

  staged(`100 joiners of a room that can't be loaded: all refused, nothing is left${how}`, async (s) => {
    setHello(s)
    const loading = gate()
    let calls = 0
    s.wss.onError = () => {}
    s.wss.onLoadRoom = async (_wss, room) => {
      calls++
      room.state.half = 'written'
      await loading.promise
      throw new Error('no database')
    }
    const joiners = await Promise.all(Array.from({ length: 100 }, () => s.connect()))
    for (const joiner of joiners) joiner.send(helloReq())
    for (const joiner of joiners) await joiner.quiet()
    loading.open()
    for (const joiner of joiners)
      expect(await joiner.closed).toEqual({ code: 4102, reason: 'error: no database' })
    expect(s.wss.rooms).toEqual({})
    expect(calls).toBe(1)
    s.wss.onLoadRoom = () => ({ found: 'again' })
    expect((await s.join()).welcome.roomState).toEqual({ found: 'again' })
  })
}

staged('a state can be written or returned; what else a load hook returns is none', async (s) => {
  const loads = {
    returned: () => ({ k: 'v', n: '1' }),
    later: async () => ({ k: 'v' }),
    itself: (_wss, room) => Object.assign(room.state, { k: 'v' }),
    room: (_wss, room) => ((room.state.k = 'v'), room),
    replaced: (_wss, room) => void (room.state = { k: 'v' }),
    list: (_wss, room) => Promise.all([(async () => void (room.state.k = 'v'))()]),
    update: (_wss, room) => room.set('k', 'v'),
    empty: () => undefined,
  }
  const states = {}
  for (const [roomId, load] of Object.entries(loads)) {
    s.wss.onLoadRoom = load
    states[roomId] = (await s.join({ roomId })).welcome.roomState
  }
  const { returned, empty, ...others } = states
  expect([returned, empty]).toEqual([{ k: 'v', n: '1' }, {}])
  for (const state of Object.values(others)) expect(state).toEqual({ k: 'v' })
})

staged('a load hook that throws at once, or returns what has no JSON', async (s) => {
  const loads = [
    () => {
      throw new Error('at once')
    },
    () => ({ big: 1n }),
  ]
  const lines = await caught(async () => {
    for (const load of loads) {
      s.wss.onLoadRoom = load
      const client = await s.connect()
      client.send(helloReq({ ext: {}, roomId: 'two\nlines' }))
      expect(await client.next()).toMatchObject({ type: 0, roomProtocol: 'test:1' })
      expect((await client.closed).code).toBe(4102)
    }
  })
  expect(lines[0]).toBe('onLoadRoom failed for room "two\\nlines": at once')
  expect(lines).toHaveLength(2)
  expect(s.wss.rooms).toEqual({})
})

staged('rooms that the application has made, and rooms that are there, are not loaded', async (s) => {
  let calls = 0
  s.wss.rooms.made = { id: 'made', clients: {}, state: { by: 'hand' } }
  const first = await s.join()
  s.wss.onLoadRoom = () => void calls++
  await first.close()
  await s.join()
  expect((await s.join({ roomId: 'made' })).welcome.roomState).toEqual({ by: 'hand' })
  expect(calls).toBe(0)
})

staged(
  'a room that is deleted or replaced while it is loaded: who waits goes on to the next one',
  async (s) => {
    let calls, loading
    s.wss.onLoadRoom = async (wss, room) => {
      if (++calls > 1) return { life: `${calls}` }
      await loading.promise
      if (room.id === 'deleted') delete wss.rooms.deleted
      else wss.rooms.replaced = { id: 'replaced', clients: {}, state: { life: 'by hand' } }
      await turn()
      return { life: 'of the old room' }
    }
    for (const [roomId, life] of [
      ['deleted', '2'],
      ['replaced', 'by hand'],
    ]) {
      calls = 0
      loading = gate()
      const joiner = await s.connect()
      joiner.send(helloReq({ roomId }))
      await joiner.quiet()
      loading.open()
      expect((await joiner.next()).roomState).toEqual({ life })
    }
  },
)

staged('a room that is closed while it is loaded: who waits is refused for now', async (s) => {
  const [called, loading] = [gate(), gate()]
  s.wss.onLoadRoom = async () => {
    called.open()
    await loading.promise
  }
  const joiner = await s.connect()
  joiner.send(helloReq())
  await called.promise
  expect(s.wss.closeRoom('room', 'not now')).toBe(true)
  expect(await joiner.closed).toEqual({ code: 4102, reason: 'not now' })
  loading.open()
  await turn()
  expect(s.wss.rooms).toEqual({})
})

staged('a joiner that goes while the room is loaded never enters', async (s) => {
  const [called, loading] = [gate(), gate()]
  const joined = []
  s.wss.onJoin = (_wss, _room, clientId) => void joined.push(clientId)
  s.wss.onLoadRoom = async () => {
    called.open()
    await loading.promise
  }
  const [goes, stays] = [await s.connect(), await s.connect()]
  goes.send(helloReq())
  await called.promise
  stays.send(helloReq())
  await stays.quiet()
  goes.ws.terminate()
  await vi.waitUntil(() => s.wss.stats().connections === 1)
  loading.open()
  const { clientId, clients } = await stays.next()
  await s.settle(stays)
  expect(Object.keys(clients)).toEqual([clientId])
  expect(joined).toEqual([clientId])
})

staged('the join hook is called when the client is in, before its requests', async (s) => {
  const calls = []
  s.wss.onJoin = (wss, room, clientId, { clientName }) => {
    calls.push([clientId, clientName, room.counts.clients, wss === s.wss])
    room.set('greeted', clientId)
  }
  s.wss.onChangeReq = (_wss, { roomChanges }, _room, clientId) => {
    calls.push([clientId, 'changes'])
    return { roomChanges, echo: true }
  }
  const client = await s.connect()
  client.send(helloReq({ clientName: 'Ada' })).change({ room: { k: 'v' } })
  const [welcome, greeted, changed] = await client.take(3)
  expect(welcome).toMatchObject({ type: 1, roomState: {} })
  expect(greeted.roomChanges).toEqual([{ key: 'greeted', value: welcome.clientId }])
  expect(changed.roomChanges).toEqual([{ key: 'k', value: 'v' }])
  expect(calls).toEqual([
    [welcome.clientId, 'Ada', 1, true],
    [welcome.clientId, 'changes'],
  ])
})

staged('joins and leaves pair up, with and without a hello hook', async (s) => {
  const present = new Set()
  const wrong = []
  s.wss.onJoin = (_wss, _room, clientId) => {
    if (present.has(clientId)) wrong.push(`twice ${clientId}`)
    present.add(clientId)
  }
  s.wss.onLeave = (_wss, _room, clientId) => {
    if (!present.delete(clientId)) wrong.push(`never came ${clientId}`)
  }
  for (const hook of [undefined, async (_wss, { clientState }) => ({ clientState, readonly: false })]) {
    s.wss.onHelloReq = hook
    const clients = await Promise.all(Array.from({ length: 30 }, () => s.connect()))
    for (const client of clients) client.send(helloReq())
    await Promise.all(clients.map((client) => client.next()))
    await Promise.all(clients.map((client) => client.terminate()))
    const last = await s.join({ roomId: 'elsewhere' })
    await s.settle(last)
    expect([[...present], wrong]).toEqual([[last.id], []])
    await last.close()
    const witness = await s.join({ roomId: 'elsewhere' })
    await s.settle(witness)
    await witness.close()
    await vi.waitUntil(() => present.size === 0)
  }
})

staged(
  'an empty room is disposed of when its time is over',
  async (s) => {
    const disposed = gate()
    s.wss.onDisposeRoom = (wss, room) => disposed.open([room.id, { ...room.state }, wss.room(room.id)])
    const client = await s.join()
    client.change({ room: { k: 'v' }, echo: true })
    await client.next()
    await client.close()
    expect(await disposed.promise).toEqual(['room', { k: 'v' }, undefined])
    expect(s.wss.rooms).toEqual({})
    expect((await s.join()).welcome.roomState).toEqual({})
  },
  TTL,
)

staged(
  'without the hook, too: rooms that JavaScript has seen, made or never met',
  async (s) => {
    s.wss.rooms.made = { id: 'made', clients: {}, state: {} }
    const [seen, unseen] = [await s.join({ roomId: 'seen' }), await s.join({ roomId: 'unseen' })]
    const room = s.wss.rooms.seen
    room.state.k = 'v'
    await seen.close()
    await unseen.close()
    await vi.waitUntil(() => Object.keys(s.wss.rooms).length === 0)
    room.set('gone', 'and harmless')
    expect(room.state).toEqual({ k: 'v', gone: 'and harmless' })
  },
  TTL,
)

staged(
  'a room that somebody enters in time stays, and a room that JavaScript has in its hands never vanishes',
  async (s) => {
    let disposed = 0
    s.wss.onDisposeRoom = () => void disposed++
    const first = await s.join()
    s.wss.rooms.room.state.life = 'first'
    await first.close()
    const second = await s.join()
    expect(second.welcome.roomState).toEqual({ life: 'first' })
    await second.close()
    const room = s.wss.room('room')
    if (room) {
      const end = performance.now() + 60
      while (performance.now() < end) room.state.busy = 'yes'
      expect(s.wss.room('room')).toBe(room)
    }
    await vi.waitUntil(() => disposed > 0)
    expect(disposed).toBe(1)
  },
  TTL,
)

staged('what hooks throw reaches onError, once, and does to the client what it does', async (s) => {
  const told = []
  s.wss.onError = function (wss, error, where) {
    told.push([where, error?.message ?? error, wss === s.wss && this === wss])
  }
  s.wss.onHelloReq = async (_wss, { clientState, clientName }) => {
    if (clientName === 'nobody') throw new Error('not you')
    return { clientState, readonly: false }
  }
  s.wss.onChangeReq = () => 'unusable'
  s.wss.onActionReq = () => {
    throw undefined
  }
  s.wss.onJoin = async () => {
    throw 'join'
  }
  s.wss.onLeave = () => {
    throw new Error('leave')
  }
  s.wss.onDisposeRoom = async () => {
    throw new Error('dispose')
  }
  const refused = await s.connect()
  refused.send(helloReq({ clientName: 'nobody' }))
  expect(await refused.closed).toEqual({ code: 1002, reason: 'error: not you' })
  const changes = await s.join()
  changes.change({ room: { k: 'v' } })
  expect((await changes.closed).code).toBe(1002)
  const acts = await s.join()
  acts.action('x')
  expect((await acts.closed).code).toBe(1002)
  await vi.waitUntil(() => told.filter(([{ hook }]) => hook === 'onLeave').length === 2)
  s.wss.closeRoom('room')
  await turn()
  const where = (hook, client) => ({ hook, roomId: 'room', ...(client && { clientId: client.id }) })
  const joined = (client) => [where('onJoin', client), 'join', true]
  const left = (client) => [where('onLeave', client), 'leave', true]
  expect(told).toEqual([
    [{ hook: 'onHelloReq', clientId: 'connection:1', roomId: 'room' }, 'not you', true],
    joined(changes),
    [where('onChangeReq', changes), 'onChangeReq gave no usable result: string', true],
    left(changes),
    joined(acts),
    [where('onActionReq', acts), undefined, true],
    left(acts),
    [where('onDisposeRoom'), 'dispose', true],
  ])
})

staged('errors of onError itself, and errors without it, end on stderr', async (s) => {
  const lines = await caught(async () => {
    const client = await s.join()
    s.wss.onError = async () => {
      throw new Error('in onError')
    }
    s.wss.onLeave = () => {
      throw new Error('in onLeave')
    }
    s.wss.onDisposeRoom = s.wss.onLeave
    s.wss.ejectClient('room', client.id)
    await turn()
    s.wss.onError = undefined
    s.wss.closeRoom('room')
    await turn()
  })
  expect(lines).toEqual(['onError failed: in onError', 'onDisposeRoom failed for room "room": in onLeave'])
})

staged('hooks for a room that are set and unset while there is something to call them for', async (s) => {
  const calls = []
  const load = () => void calls.push('load')
  s.wss.onLoadRoom = load
  await s.join({ roomId: 'one' })
  s.wss.onLoadRoom = undefined
  await s.join({ roomId: 'two' })
  s.wss.onLoadRoom = load
  await s.join({ roomId: 'three' })
  expect(calls).toEqual(['load', 'load'])
})
