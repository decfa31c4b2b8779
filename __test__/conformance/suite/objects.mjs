/** Rooms, states and clients as JavaScript objects. */

import assert from 'node:assert'
import { inspect } from 'node:util'
import { expect } from 'vitest'

/** A joined client and its room, with the state a, b. */
async function furnished(s) {
  const client = await s.join({ clientState: { seat: '1' }, clientName: 'Ann', clientType: 'player' })
  const room = s.wss.rooms.room
  room.state.a = '1'
  room.state.b = '2'
  return { client, room, info: room.clients[client.id] }
}

export function objects({ behaviour }) {
  behaviour('rooms start as an empty object', async (s) => {
    expect([Object.keys(s.wss.rooms), s.wss.rooms.nowhere, 'nowhere' in s.wss.rooms]).toEqual([
      [],
      undefined,
      false,
    ])
    expect(JSON.stringify(s.wss.rooms)).toBe('{}')
  })

  behaviour('a room has id, clients and state', async (s) => {
    const { room } = await furnished(s)
    expect(Object.keys(room)).toEqual(['id', 'clients', 'state'])
    expect([room.id, 'id' in room, 'state' in room, 'other' in room]).toEqual(['room', true, true, false])
  })

  behaviour('rooms, clients and states keep their identity', async (s) => {
    const { client, room, info } = await furnished(s)
    const parts = [room.state, room.clients, info, info.ws, info.clientState]
    await s.join()
    client.change({ room: { a: '9' }, echo: true })
    await client.take(2)
    const again = s.wss.rooms.room
    expect(again).toBe(room)
    const same = [
      again.state,
      again.clients,
      again.clients[client.id],
      again.clients[client.id].ws,
      again.clients[client.id].clientState,
    ]
    for (const [i, part] of same.entries()) expect(part).toBe(parts[i])
    expect(room.state.a).toBe('9')
  })

  behaviour('rooms are enumerated in the order in which they were made, like any object', async (s) => {
    for (const roomId of ['b', 'a', '7', 'c']) await s.join({ roomId })
    delete s.wss.rooms.a
    expect(Object.keys(s.wss.rooms)).toEqual(['7', 'b', 'c'])
    expect(Object.values(s.wss.rooms).map(({ id }) => id)).toEqual(['7', 'b', 'c'])
    const seen = []
    for (const id in s.wss.rooms) seen.push(id)
    expect(seen).toEqual(['7', 'b', 'c'])
    expect(['a', 'b'].map((id) => [id in s.wss.rooms, Object.hasOwn(s.wss.rooms, id)])).toEqual([
      [false, false],
      [true, true],
    ])
  })

  behaviour('a state is read and enumerated like any object', async (s) => {
    const { room } = await furnished(s)
    room.state['a key: with/all kinds'] = 'x'
    expect(Object.entries(room.state)).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['a key: with/all kinds', 'x'],
    ])
    expect([room.state.a, room.state.missing, 'a' in room.state, 'missing' in room.state]).toEqual([
      '1',
      undefined,
      true,
      false,
    ])
    const seen = []
    for (const key in room.state) seen.push(key)
    expect(seen).toEqual(Object.keys(room.state))
    expect(Object.getOwnPropertyDescriptor(room.state, 'a')).toEqual({
      value: '1',
      writable: true,
      enumerable: true,
      configurable: true,
    })
  })

  behaviour('a state can be spread, destructured, stringified, cloned and compared', async (s) => {
    const { room } = await furnished(s)
    const { a, ...rest } = room.state
    expect([a, rest, { ...room.state }]).toEqual(['1', { b: '2' }, { a: '1', b: '2' }])
    expect(JSON.stringify(room.state)).toBe('{"a":"1","b":"2"}')
    expect(structuredClone({ ...room.state })).toEqual({ a: '1', b: '2' })
    expect(Object.assign({}, room.state)).toEqual({ a: '1', b: '2' })
    assert.deepEqual(room.state, { a: '1', b: '2' })
    expect(room.state).toEqual({ a: '1', b: '2' })
  })

  behaviour('a state is printed as what it holds', async (s) => {
    const { room, info } = await furnished(s)
    expect(inspect({ ...room.state })).toBe("{ a: '1', b: '2' }")
    expect(inspect(room.state)).toContain("a: '1', b: '2'")
    expect(inspect(info.clientState)).toContain("seat: '1'")
    expect(inspect(room, { depth: 1 })).toContain("id: 'room'")
    expect(inspect(s.wss.rooms, { depth: 0 })).toContain('room')
  })

  behaviour('the names of object methods are not keys', async (s) => {
    const { room } = await furnished(s)
    const inherited = ['toString', 'constructor', 'hasOwnProperty', '__proto__'].map((key) => [
      key in room.state,
      key in s.wss.rooms,
    ])
    const expected = s.differs('no-inherited-names', [true, true], [false, false])
    expect(inherited).toEqual([expected, expected, expected, expected])
    expect(Object.keys(room.state)).toEqual(['a', 'b'])
  })

  behaviour('written keys are silent, and newcomers see them', async (s) => {
    const { client } = await furnished(s)
    await client.quiet()
    expect((await s.join()).welcome.roomState).toEqual({ a: '1', b: '2' })
  })

  behaviour('a write is seen at once by the code that made it', async (s) => {
    const { room } = await furnished(s)
    room.state.n = '1'
    expect([room.state.n, Object.keys(room.state).at(-1)]).toEqual(['1', 'n'])
    room.state.n += '2'
    expect(room.state.n).toBe('12')
    expect(delete room.state.n).toBe(true)
    expect(['n' in room.state, room.state.n]).toEqual([false, undefined])
  })

  behaviour('a deleted key is gone for newcomers, and comes back at the end', async (s) => {
    const { room } = await furnished(s)
    delete room.state.a
    expect((await s.join()).welcome.roomState).toEqual({ b: '2' })
    room.state.a = '3'
    expect(Object.keys(room.state)).toEqual(['b', 'a'])
  })

  behaviour('keys may be deleted while going through a list of them', async (s) => {
    const { room } = await furnished(s)
    for (let i = 0; i < 20; i++) room.state[`card:${i}`] = `${i}`
    for (const key of Object.keys(room.state))
      if (key.startsWith('card:') && Number(key.slice(5)) % 2) delete room.state[key]
    expect(Object.keys(room.state)).toHaveLength(12)
    expect(Object.keys((await s.join()).welcome.roomState)).toEqual(Object.keys(room.state))
  })

  behaviour('values that are not strings reach newcomers as JSON', async (s) => {
    const { room } = await furnished(s)
    Object.assign(room.state, {
      n: 1.5,
      t: true,
      nil: null,
      list: [1, 'x'],
      deep: { a: { b: 'c' } },
      none: undefined,
    })
    expect((await s.join()).welcome.roomState).toEqual({
      a: '1',
      b: '2',
      n: 1.5,
      t: true,
      nil: null,
      list: [1, 'x'],
      deep: { a: { b: 'c' } },
    })
    expect([room.state.n, room.state.t, room.state.nil]).toEqual([1.5, true, null])
    expect(room.state.deep).toEqual({ a: { b: 'c' } })
  })

  behaviour('a value that is an object', async (s) => {
    const { room } = await furnished(s)
    const value = { at: new Date(0) }
    room.state.o = value
    await s.join()
    const kept = s.differs('json-values', value, { at: '1970-01-01T00:00:00.000Z' })
    expect((await s.join()).welcome.roomState.o).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    if (!s.ours) expect(room.state.o).toBe(kept)
    else expect(JSON.stringify(room.state.o)).toBe(JSON.stringify(kept))
  })

  behaviour('a state may be replaced by another object', async (s) => {
    const { client, room } = await furnished(s)
    room.state = { fresh: '1' }
    room.state.more = '2'
    expect({ ...room.state }).toEqual({ fresh: '1', more: '2' })
    expect((await s.join()).welcome.roomState).toEqual({ fresh: '1', more: '2' })
    await client.next()
    client.change({ room: { third: '3' }, echo: true })
    await client.next()
    expect({ ...s.wss.rooms.room.state }).toEqual({ fresh: '1', more: '2', third: '3' })
  })

  behaviour('properties of the application stay on a room for its life', async (s) => {
    const { client, room } = await furnished(s)
    room.pendingMoves = [{ id: 1 }]
    room.pendingMoves.push({ id: 2 })
    client.change({ room: { a: '2' }, echo: true })
    await client.next()
    const again = s.wss.rooms.room
    expect([again.pendingMoves, Object.keys(again)]).toEqual([
      [{ id: 1 }, { id: 2 }],
      ['id', 'clients', 'state', 'pendingMoves'],
    ])
    expect(again.pendingMoves.splice(0, 1)).toEqual([{ id: 1 }])
    expect(again.pendingMoves.findIndex(({ id }) => id === 2)).toBe(0)
    again.pendingMoves = undefined
    expect(room.pendingMoves).toBeUndefined()
  })

  behaviour('an object put into rooms is the room from then on', async (s) => {
    const mine = { id: 'mine', clients: {}, state: { a: '1' }, extra: { kept: true } }
    s.wss.rooms.mine = mine
    expect(s.wss.rooms.mine).toBe(mine)
    const client = await s.join({ roomId: 'mine' })
    expect(client.welcome.roomState).toEqual({ a: '1' })
    expect(Object.keys(mine.clients)).toEqual([client.id])
    expect(mine.clients[client.id].ws.readyState).toBe(1)
    client.change({ room: { b: '2' }, echo: true })
    await client.next()
    expect({ ...mine.state }).toEqual({ a: '1', b: '2' })
    expect([mine.extra, Object.keys(s.wss.rooms)]).toEqual([{ kept: true }, ['mine']])
  })

  behaviour("what is written through the caller's own reference is written to the room", async (s) => {
    const mine = { id: 'mine', clients: {}, state: {} }
    s.wss.rooms.mine = mine
    mine.state.a = '1'
    await null
    mine.state.b = '2'
    const client = await s.join({ roomId: 'mine' })
    expect(client.welcome.roomState).toEqual({ a: '1', b: '2' })
    delete mine.state.a
    mine.state['c d'] = '3'
    s.wss.broadcastChange(mine, { type: 3, roomChanges: [{ key: 'a' }, { key: 'c d', value: '3' }] })
    expect((await client.next()).roomChanges).toEqual([{ key: 'a' }, { key: 'c d', value: '3' }])
    expect((await s.join({ roomId: 'mine' })).welcome.roomState).toEqual({ b: '2', 'c d': '3' })
  })

  behaviour('a room may be put in place of one that has clients, with the clients taken along', async (s) => {
    const { client, room } = await furnished(s)
    s.wss.rooms.room = { id: 'room', clients: room.clients, state: { fresh: '1' } }
    client.change({ room: { a: '1' }, echo: true })
    expect(await client.next()).toMatchObject({ roomChanges: [{ key: 'a', value: '1' }] })
    expect({ ...s.wss.rooms.room.state }).toEqual({ fresh: '1', a: '1' })
    expect((await s.join()).welcome.roomState).toEqual({ fresh: '1', a: '1' })
  })

  behaviour('a deleted room is gone; the next joiner gets a fresh one', async (s) => {
    const { room } = await furnished(s)
    expect(delete s.wss.rooms.room).toBe(true)
    expect(['room' in s.wss.rooms, s.wss.rooms.room, Object.keys(s.wss.rooms)]).toEqual([
      false,
      undefined,
      [],
    ])
    const client = await s.join()
    expect([client.welcome.roomState, Object.keys(client.welcome.clients)]).toEqual([{}, [client.id]])
    expect(s.wss.rooms.room).not.toBe(room)
  })

  behaviour('deleting a room that does not exist does nothing', async (s) => {
    expect(delete s.wss.rooms.nowhere).toBe(true)
    expect(Object.keys(s.wss.rooms)).toEqual([])
  })

  behaviour('clients of a deleted room hear nothing of it, and their next request closes them', async (s) => {
    const { client } = await furnished(s)
    delete s.wss.rooms.room
    await client.quiet()
    client.change({ room: { a: '1' } })
    const original = /^error: Cannot read properties of undefined \(reading 'clients'\)$/
    const { code, reason } = await client.closed
    expect(code).toBe(1002)
    expect(reason).toMatch(s.differs('deleted-room', original, /^error: (?!.*undefined).*room/))
  })

  behaviour('a client has ws, readonly, clientType, clientName and clientState', async (s) => {
    const { info } = await furnished(s)
    expect(Object.keys(info)).toEqual(['ws', 'readonly', 'clientType', 'clientName', 'clientState'])
    expect([info.readonly, info.clientType, info.clientName, { ...info.clientState }]).toEqual([
      false,
      'player',
      'Ann',
      { seat: '1' },
    ])
    const descriptor = Object.getOwnPropertyDescriptor(info, 'clientName')
    if (s.differs('client-accessors', 'a value', 'an accessor') === 'a value')
      expect(descriptor.value).toBe('Ann')
    else expect(info.clientName).toBe('Ann')
    expect(descriptor.enumerable).toBe(true)
  })

  behaviour('clients are enumerated in the order in which they joined, readonly ones too', async (s) => {
    const first = await s.join()
    const reader = await s.join({ readonly: true })
    const third = await s.join()
    const { clients } = s.wss.rooms.room
    expect(Object.keys(clients)).toEqual([first.id, reader.id, third.id])
    expect(Object.values(clients).map(({ readonly }) => readonly)).toEqual([false, true, false])
    expect([reader.id in clients, 'connection:99' in clients, clients['connection:99']]).toEqual([
      true,
      false,
      undefined,
    ])
    await first.terminate()
    expect(await third.next()).toEqual({ type: 3, removeClients: [first.id] })
    expect(Object.entries(clients).map(([id]) => id)).toEqual([reader.id, third.id])
    expect(Object.keys({ ...clients })).toEqual([reader.id, third.id])
  })

  behaviour("a client's name and type may be written and are listed from then on", async (s) => {
    const { client, info } = await furnished(s)
    info.clientName = 'Eve'
    info.clientType = undefined
    const other = await s.join()
    expect(other.welcome.clients[client.id]).toEqual({ clientName: 'Eve', clientState: { seat: '1' } })
    await client.next()
    await client.quiet()
    expect(s.wss.getClientMap(s.wss.rooms.room)[client.id].clientName).toBe('Eve')
  })

  behaviour("a client's state may be written, key by key or as a whole", async (s) => {
    const { client, info } = await furnished(s)
    info.clientState.hat = 'red'
    delete info.clientState.seat
    expect((await s.join()).welcome.clients[client.id].clientState).toEqual({ hat: 'red' })
    info.clientState = { all: 'new' }
    expect((await s.join()).welcome.clients[client.id].clientState).toEqual({ all: 'new' })
    client.change({ client: { more: '1' } })
    await client.take(2)
    await client.quiet()
    expect({ ...info.clientState }).toEqual({ all: 'new', more: '1' })
  })

  behaviour('the clientState that the hello hook returned is the live one', async (s) => {
    const states = []
    s.wss.onHelloReq = async (_wss, { clientState }) => {
      states.push(clientState)
      return { clientState, readonly: false }
    }
    const client = await s.join({ clientState: { seat: '1' } })
    const [state] = states
    expect(s.wss.rooms.room.clients[client.id].clientState).toBe(state)
    client.change({ client: { hat: 'red' } })
    await client.quiet()
    expect(s.wss.rooms.room.clients[client.id].clientState).toMatchObject({ seat: '1', hat: 'red' })
    state.seat = '2'
    const other = await s.join()
    expect(other.welcome.clients[client.id].clientState).toEqual({ seat: '2', hat: 'red' })
    expect(s.wss.rooms.room.clients[client.id].clientState).toBe(state)
    expect(state).toEqual({ seat: '2', hat: 'red' })
  })

  behaviour('a client made readonly by hand is listed no more', async (s) => {
    const { client, info } = await furnished(s)
    info.readonly = true
    expect(Object.keys((await s.join()).welcome.clients)).not.toContain(client.id)
  })

  behaviour('a client taken out of the room by hand hears nothing of it any more', async (s) => {
    const [client, other] = await s.joinAll(2)
    const { clients } = s.wss.rooms.room
    expect(delete clients[client.id]).toBe(true)
    expect(Object.keys(clients)).toEqual([other.id])
    other.change({ room: { a: '1' }, echo: true })
    await other.next()
    await client.quiet()
    expect(Object.keys((await s.join()).welcome.clients)).toEqual([other.id, 'connection:3'])
  })

  behaviour('properties of the application stay on a client', async (s) => {
    const { client, info } = await furnished(s)
    info.user = { name: 'Ann' }
    info.ws.session = 'abc'
    client.change({ room: { a: '2' }, echo: true })
    await client.next()
    const again = s.wss.rooms.room.clients[client.id]
    expect([again.user, again.ws.session]).toEqual([{ name: 'Ann' }, 'abc'])
  })
}
