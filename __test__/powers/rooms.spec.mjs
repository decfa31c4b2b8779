/** Rooms: writing and telling in one step, and what a room can do beside. */

import { inspect } from 'node:util'
import { expect } from 'vitest'
import { staged } from '../support/lifecycle.mjs'

const changes = (list) => ({ type: 3, roomChanges: list, updateClients: {} })

staged('set and delete write and tell all with one message each', async (s) => {
  const clients = [...(await s.joinAll(2)), await s.join({ readonly: true })]
  const room = s.wss.room('room')
  room.set('a', '1')
  room.set('a', '1')
  room.delete('a')
  room.delete('a')
  room.set('b', undefined)
  for (const client of clients) {
    expect(await client.nextText()).toBe(
      '{"type":3,"roomChanges":[{"key":"a","value":"1"}],"updateClients":{}}',
    )
    expect(await client.take(2)).toEqual([changes([{ key: 'a', value: '1' }]), changes([{ key: 'a' }])])
    await client.quiet()
  }
  expect(Object.keys(room.state)).toEqual([])
  expect((await s.join()).welcome.roomState).toEqual({})
})

staged('update takes an object, a list or a function: one message for all of it', async (s) => {
  const client = await s.join()
  const room = s.wss.room('room')
  room.update({ a: '1', b: '2', none: undefined })
  room.update([{ key: 'a', value: '3' }, { key: 'a', value: '4' }, { key: 'b' }])
  room.update((draft) => {
    expect({ ...draft }).toEqual({ a: '4' })
    expect('b' in draft).toBe(false)
    draft.c = `${draft.a}!`
    draft.d = 'gone'
    delete draft.d
    delete draft.a
    expect(Object.entries(draft)).toEqual([['c', '4!']])
  })
  expect(await client.take(3)).toEqual([
    changes([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]),
    changes([{ key: 'a', value: '4' }, { key: 'b' }]),
    changes([{ key: 'c', value: '4!' }, { key: 'a' }]),
  ])
  expect(room.state).toEqual({ c: '4!' })
  await client.quiet()
})

staged('nothing is sent for an update of nothing', async (s) => {
  const client = await s.join()
  const room = s.wss.room('room')
  for (const none of [{}, [], () => {}, { nothing: undefined }]) room.update(none)
  await client.quiet()
})

staged('an update is all or nothing', async (s) => {
  const client = await s.join()
  const room = s.wss.room('room')
  const mistakes = [
    { a: '1', b: 2 },
    { a: null },
    [{ key: 'a', value: '1' }, { value: 'no key' }],
    [null],
    'text',
    null,
    async (draft) => void (draft.a = '1'),
    (draft) => void (draft.a = 1),
  ]
  for (const mistake of mistakes) expect(() => room.update(mistake)).toThrow(TypeError)
  expect(() =>
    room.update((draft) => {
      draft.a = '1'
      throw new Error('changed my mind')
    }),
  ).toThrow('changed my mind')
  expect(() => room.set('a', 1)).toThrow('"a" must be a string')
  expect(() => room.set(1, 'a')).toThrow('a key must be a string')
  expect(room.state).toEqual({})
  await client.quiet()
})

staged('a draft is over when its function is', async (s) => {
  await s.join()
  let kept
  s.wss.room('room').update((draft) => void (kept = draft))
  expect(() => (kept.late = '1')).toThrow('the update is over')
  expect(() => delete kept.late).toThrow('the update is over')
})

staged('keys are data', async (s) => {
  const client = await s.join()
  s.wss.room('room').update((draft) => {
    draft.__proto__ = 'p'
    draft['two\nlines'] = 'l\n'
    draft.toString = 't'
  })
  const text = await client.nextText()
  expect(JSON.parse(text).roomChanges.map(({ key, value }) => [key, value])).toEqual([
    ['__proto__', 'p'],
    ['two\nlines', 'l\n'],
    ['toString', 't'],
  ])
  expect(Object.keys(s.wss.rooms.room.state)).toEqual(['__proto__', 'two\nlines', 'toString'])
})

staged('hooks update too: before their own change, and nothing is missed or twice', async (s) => {
  s.wss.onChangeReq = (_wss, { roomChanges }, room) => {
    room.update((draft) => void (draft.count = `${Number(draft.count ?? 0) + 1}`))
    return { roomChanges, echo: true }
  }
  const clients = await s.joinAll(3)
  for (let i = 0; i < 20; i++) for (const client of clients) client.change({ room: { k: `${i}` } })
  const heard = await Promise.all(clients.map((client) => client.take(120)))
  expect(heard[1]).toEqual(heard[0])
  expect(heard[2]).toEqual(heard[0])
  const counts = heard[0].filter((_, i) => i % 2 === 0).map(({ roomChanges }) => Number(roomChanges[0].value))
  expect(counts).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
  expect((await s.join()).welcome.roomState).toEqual({ count: '60', k: '19' })
})

staged('reads follow writes of every kind, within one turn and after it', async (s) => {
  const client = await s.join()
  const room = s.wss.room('room')
  room.state.a = '1'
  room.set('b', '2')
  room.state.c = '3'
  room.delete('a')
  expect(Object.entries(room.state)).toEqual([
    ['b', '2'],
    ['c', '3'],
  ])
  client.change({ room: { d: '4' }, echo: true })
  await client.take(3)
  room.set('e', '5')
  expect({ ...room.state }).toEqual({ b: '2', c: '3', d: '4', e: '5' })
})

staged('broadcast: text as it is, all else as JSON, to all but one', async (s) => {
  const [first, second] = await s.joinAll(2)
  const watcher = await s.join({ readonly: true })
  const room = s.wss.room('room')
  room.broadcast({ type: 99 })
  room.broadcast('two\nlines', first.id)
  room.broadcast('text', first.id)
  room.broadcast([1], null)
  expect(() => room.broadcast()).toThrow(TypeError)
  const texts = async (client, count) => {
    const list = []
    while (list.length < count) list.push(await client.nextText())
    return list
  }
  expect(await texts(first, 2)).toEqual(['{"type":99}', '[1]'])
  for (const client of [second, watcher])
    expect(await texts(client, 4)).toEqual(['{"type":99}', 'two\nlines', 'text', '[1]'])
})

staged('counts, and rooms that are not there', async (s) => {
  expect(s.wss.room('room')).toBeUndefined()
  await s.joinAll(2)
  await s.join({ readonly: true })
  const room = s.wss.room('room')
  expect(room).toBe(s.wss.rooms.room)
  expect(room.counts).toEqual({ clients: 3, readonly: 1 })
  expect([s.wss.room('__proto__'), s.wss.room(7), s.wss.room(undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

staged('rooms look as ever', async (s) => {
  await s.join()
  const room = s.wss.room('room')
  room.data.mine = true
  expect(Object.keys(room)).toEqual(['id', 'clients', 'state'])
  expect(Object.keys({ ...room })).toEqual(['id', 'clients', 'state'])
  expect(JSON.stringify({ ...room, clients: 0 })).toBe('{"id":"room","clients":0,"state":{}}')
  const names = []
  for (const name in room) names.push(name)
  expect(names).toEqual(['id', 'clients', 'state'])
  expect(inspect(room)).not.toMatch(/data|counts|update/)
  expect(Object.getPrototypeOf(room)).toBe(Object.prototype)
})

staged('what the application keeps by the same names wins', async (s) => {
  const client = await s.join()
  const made = s.wss.rooms.room
  made.data = { moves: [] }
  made.counts = 7
  made.set = 'mine'
  expect([made.data, made.counts, made.set]).toEqual([{ moves: [] }, 7, 'mine'])
  expect(Object.keys(made)).toEqual(['id', 'clients', 'state', 'data', 'counts', 'set'])
  made.delete('nothing')
  made.update({ still: 'works' })
  expect(await client.next()).toEqual(changes([{ key: 'still', value: 'works' }]))

  class Lobby {
    id = 'lobby'
    clients = {}
    state = { update: 'a key', data: 'another' }
    data = 'own'
    broadcast() {
      return 'own'
    }
  }
  const lobby = (s.wss.rooms.lobby = new Lobby())
  const guest = await s.join({ roomId: 'lobby' })
  expect([lobby.data, lobby.broadcast(), lobby.counts]).toEqual(['own', 'own', { clients: 1, readonly: 0 }])
  expect(s.wss.room('lobby')).toBe(lobby)
  lobby.set('update', 'changed')
  expect(await guest.next()).toEqual(changes([{ key: 'update', value: 'changed' }]))
  expect(lobby.state).toEqual({ update: 'changed', data: 'another' })
})

staged('data lives as long as the room, and comes along when its object is made a room again', async (s) => {
  const room = (s.wss.rooms.room = { id: 'room', clients: {}, state: {} })
  room.data.n = 1
  await s.join()
  expect(s.wss.room('room').data).toEqual({ n: 1 })
  delete s.wss.rooms.room
  s.wss.rooms.room = room
  expect(s.wss.room('room').data).toEqual({ n: 1 })
  delete s.wss.rooms.room
  await s.join()
  expect(s.wss.room('room').data).toEqual({})
})

staged('a room that is gone takes it all and tells nobody', async (s) => {
  const client = await s.join()
  const room = s.wss.room('room')
  room.set('a', '1')
  delete s.wss.rooms.room
  const fresh = await s.join()
  room.set('b', '2')
  room.delete('a')
  room.update((draft) => void (draft.c = draft.b))
  room.broadcast('nobody')
  expect([room.state, room.counts]).toEqual([
    { b: '2', c: '2' },
    { clients: 1, readonly: 0 },
  ])
  expect(s.wss.rooms.room.state).toEqual({})
  expect(await client.next()).toEqual(changes([{ key: 'a', value: '1' }]))
  for (const each of [client, fresh]) await each.quiet()
})

staged('clients of the application itself hear of updates, as of broadcasts', async (s) => {
  const client = await s.join()
  const heard = []
  const room = s.wss.room('room')
  room.clients.robot = { readonly: true, clientState: {}, ws: { send: (text) => heard.push(text) } }
  room.set('a', '1')
  room.broadcast('hello')
  expect(heard).toEqual(['{"type":3,"roomChanges":[{"key":"a","value":"1"}],"updateClients":{}}', 'hello'])
  expect(room.counts).toEqual({ clients: 2, readonly: 1 })
  await client.nextText()
})
