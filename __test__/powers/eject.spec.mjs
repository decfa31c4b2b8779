/** Closing one client, and whole rooms. */

import { expect } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { staged } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'

const EJECTED = { code: 4500, reason: 'enough' }

staged('an ejected client is closed, the others see it leave, the room stays', async (s) => {
  const [out, stays] = await s.joinAll(2)
  s.wss.rooms.room.state.kept = 'yes'
  expect(s.wss.ejectClient('room', out.id, 'enough')).toBe(true)
  expect(await out.closed).toEqual(EJECTED)
  expect(await stays.next()).toEqual({ type: 3, removeClients: [out.id] })
  expect(s.wss.rooms.room.state).toEqual({ kept: 'yes' })
  await stays.quiet()
})

staged('ejecting is one step: removed, announced and told to the leave hook before it returns', async (s) => {
  const steps = []
  s.wss.onLeave = (_wss, room, clientId, { clientName, ws }) => {
    steps.push([clientId, clientName, Object.keys(room.clients), ws.readyState])
    room.set('seat', 'free')
  }
  const stays = await s.join()
  const out = await s.join({ clientName: 'Ada' })
  await stays.next()
  s.wss.ejectClient('room', out.id)
  expect(steps).toEqual([[out.id, 'Ada', [stays.id], 2]])
  expect(await stays.take(2)).toMatchObject([
    { removeClients: [out.id] },
    { roomChanges: [{ key: 'seat', value: 'free' }] },
  ])
  expect(await out.closed).toEqual({ code: 4500, reason: 'ejected' })
  await s.settle(stays)
  expect(steps).toHaveLength(1)
})

staged('the socket of an ejected client tells of its end once it is gone', async (s) => {
  const out = await s.join()
  const closed = gate()
  s.wss.rooms.room.clients[out.id].ws.on('close', (code) => closed.open(code))
  s.wss.ejectClient('room', out.id)
  expect(await closed.promise).toBe(4500)
})

staged('who is not there is not ejected, and twice is fine', async (s) => {
  const client = await s.join()
  expect(s.wss.ejectClient('nowhere', client.id)).toBe(false)
  expect(s.wss.ejectClient('room', 'connection:99')).toBe(false)
  expect(s.wss.ejectClient('room', '__proto__')).toBe(false)
  expect(s.wss.ejectClient()).toBe(false)
  expect([1, 2].map(() => s.wss.ejectClient('room', client.id))).toEqual([true, false])
  expect(s.wss.closeRoom('nowhere')).toBe(false)
  expect([1, 2].map(() => s.wss.closeRoom('room'))).toEqual([true, false])
})

staged('a client whose socket was cut just now leaves once', async (s) => {
  let leaves = 0
  s.wss.onLeave = () => void leaves++
  const [stays, out] = await s.joinAll(2)
  const busy = gate()
  s.wss.onActionReq = async () => {
    // The engine knows already that the socket is gone; JavaScript has not been told.
    out.ws.terminate()
    await new Promise((resolve) => out.ws.on('close', resolve))
    const ejected = s.wss.ejectClient('room', out.id)
    busy.open()
    return { ejected }
  }
  stays.action('eject')
  await busy.promise
  const messages = await stays.take(2)
  expect(messages.filter(({ removeClients }) => removeClients)).toHaveLength(1)
  await s.settle(stays)
  expect(leaves).toBe(1)
})

staged('a hook can eject its own client: what it answers is not sent', async (s) => {
  s.wss.onActionReq = (_wss, _req, _room, _id, clientInfo) => {
    const answers = [clientInfo.eject('enough'), clientInfo.eject('enough')]
    return { answers }
  }
  const [stays, out] = await s.joinAll(2)
  out.action('eject me').action('and then?')
  expect(await out.closed).toEqual(EJECTED)
  await expect(out.next()).rejects.toThrow('closed')
  expect(await stays.next()).toEqual({ type: 3, removeClients: [out.id] })
})

staged('a change hook can eject its own client: its change still counts', async (s) => {
  s.wss.onChangeReq = (_wss, { roomChanges }, room, clientId) => {
    s.wss.ejectClient(room.id, clientId)
    return { roomChanges }
  }
  const [stays, out] = await s.joinAll(2)
  out.change({ room: { last: 'word' } })
  expect(await stays.take(2)).toMatchObject([
    { removeClients: [out.id] },
    { roomChanges: [{ key: 'last', value: 'word' }] },
  ])
  expect(s.wss.rooms.room.state.last).toBe('word')
})

staged('in its hello hook a client is in no room yet', async (s) => {
  const ejected = []
  s.wss.onHelloReq = (wss, { clientState, roomId }, clientId) => {
    ejected.push(wss.ejectClient(roomId, clientId))
    return { clientState, readonly: false }
  }
  await s.join()
  expect(ejected).toEqual([false])
})

staged('a leave hook can eject others, to the last one', async (s) => {
  const left = []
  s.wss.onLeave = (wss, room, clientId) => {
    left.push(clientId)
    for (const id of Object.keys(room.clients)) wss.ejectClient(room.id, id)
  }
  const clients = await s.joinAll(4)
  s.wss.ejectClient('room', clients[0].id)
  expect(left).toEqual(clients.map(({ id }) => id))
  for (const client of clients) expect((await client.closed).code).toBe(4500)
})

staged(
  'an ejected client that never answers the close is cut',
  async (s) => {
    const raw = await s.joinRaw()
    s.wss.ejectClient('room', raw.welcome.clientId, 'enough')
    expect(await raw.nextClose()).toEqual(EJECTED)
    await raw.ended
  },
  { options: { heartbeatIntervalMs: 100 } },
)

staged('a long reason is cut between two characters', async (s) => {
  const client = await s.join()
  s.wss.ejectClient('room', client.id, 'é'.repeat(200))
  expect((await client.closed).reason).toBe('é'.repeat(61))
})

staged('a closed room closes all its clients and is gone', async (s) => {
  const calls = []
  s.wss.onLeave = (_wss, room, clientId) => void calls.push(['left', clientId, room.counts.clients])
  s.wss.onDisposeRoom = (wss, room) => void calls.push(['disposed', room.state.k, wss.room(room.id)])
  const clients = [...(await s.joinAll(2)), await s.join({ readonly: true })]
  const elsewhere = await s.join({ roomId: 'other' })
  s.wss.rooms.room.state.k = 'v'
  expect(s.wss.closeRoom('room', 'over')).toBe(true)
  expect(calls).toEqual([
    ['left', clients[0].id, 2],
    ['left', clients[1].id, 1],
    ['left', clients[2].id, 0],
    ['disposed', 'v', undefined],
  ])
  expect(Object.keys(s.wss.rooms)).toEqual(['other'])
  for (const client of clients) expect(await client.closed).toEqual({ code: 4501, reason: 'over' })
  await expect(clients[0].next()).rejects.toThrow('closed')
  await elsewhere.quiet()
  const again = await s.join()
  expect(again.welcome.roomState).toEqual({})
})

staged('a room can be closed by the hooks of its own clients, at any place', async (s) => {
  const disposed = []
  s.wss.onDisposeRoom = (wss, room) => void disposed.push([room.id, wss.closeRoom(room.id)])
  s.wss.onLeave = (wss, room) => void wss.closeRoom(room.id)
  s.wss.onActionReq = (wss, _req, room) => ({ closed: wss.closeRoom(room.id) })
  const acting = await s.joinAll(2, { roomId: 'acting' })
  acting[0].action('close')
  for (const client of acting) expect((await client.closed).code).toBe(4501)
  const leaving = await s.joinAll(3, { roomId: 'leaving' })
  s.wss.ejectClient('leaving', leaving[0].id)
  expect((await leaving[0].closed).code).toBe(4500)
  expect((await leaving[2].closed).code).toBe(4501)
  expect(disposed).toEqual([
    ['acting', false],
    ['leaving', false],
  ])
  expect(s.wss.rooms).toEqual({})
})

staged('a leave hook that deletes the empty room, as ever, does not disturb closing it', async (s) => {
  let disposed = 0
  s.wss.onDisposeRoom = () => void disposed++
  s.wss.onLeave = (wss, room) => {
    if (Object.keys(room.clients).length === 0) delete wss.rooms[room.id]
  }
  const clients = await s.joinAll(3)
  s.wss.closeRoom('room')
  for (const client of clients) expect((await client.closed).code).toBe(4501)
  expect([disposed, Object.keys(s.wss.rooms)]).toEqual([1, []])
})

staged('clients that ask for extensions are told first', async (s) => {
  const plain = await s.join()
  const extended = await s.join({ ext: {} })
  await plain.next()
  expect(extended.welcome.ext).toEqual({})
  expect(plain.welcome).not.toHaveProperty('ext')
  s.wss.closeRoom('room', 'over')
  expect(await extended.next()).toEqual({ type: 6, msg: 'over' })
  expect(await extended.closed).toEqual({ code: 4501, reason: 'over' })
  await expect(plain.next()).rejects.toThrow('closed (4501 over)')
})

staged('rooms are closed while clients come: each lands in a whole room', async (s) => {
  const steps = []
  s.wss.onJoin = (wss, room, clientId) => {
    steps.push(`in ${clientId}`)
    if (steps.length % 10 === 0) wss.closeRoom(room.id)
  }
  s.wss.onLeave = (_wss, _room, clientId) => void steps.push(`out ${clientId}`)
  const joiners = await Promise.all(Array.from({ length: 50 }, () => s.connect()))
  for (const joiner of joiners) joiner.send(helloReq())
  for (const joiner of joiners) {
    joiner.welcome = await joiner.next()
    expect(Object.keys(joiner.welcome.clients)).toContain(joiner.id)
  }
  s.wss.closeRoom('room')
  for (const joiner of joiners) expect((await joiner.closed).code).toBe(4501)
  expect(steps.filter((step) => step.startsWith('out'))).toHaveLength(50)
  expect(s.wss.rooms).toEqual({})
})
