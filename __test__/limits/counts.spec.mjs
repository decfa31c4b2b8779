/** Limits of numbers, from both sides. */

import { expect } from 'vitest'
import { Inbox } from '../support/inbox.mjs'
import { staged, turn } from '../support/lifecycle.mjs'
import { changeReq, helloReq } from '../support/messages.mjs'
import { upgradeRequest } from '../support/raw-client.mjs'

staged(
  'maxClients connections are served, one more gets 503, and a place that becomes free is given again',
  async (s) => {
    const witness = await s.join()
    const waiting = await s.connect()
    expect((await (await s.dial()).write(upgradeRequest()).response()).status).toBe(503)
    await witness.quiet()
    await waiting.close(1000)
    while (s.wss.stats().connections > 1) await turn()
    expect((await s.join({ readonly: true })).welcome.type).toBe(1)
    await witness.quiet()
  },
  { options: { maxClients: 2 } },
)

staged(
  'maxClientsPerRoom clients join, one more is closed with 1013; other rooms are open',
  async (s) => {
    const [witness, other] = await s.joinAll(2)
    const late = (await s.connect()).send(helloReq())
    expect(await late.closed).toEqual({ code: 1013, reason: 'the room is full' })
    await s.join({ roomId: 'another' })
    await witness.quiet()
    await other.close(1000)
    expect(await witness.next()).toEqual({ type: 3, removeClients: [other.id] })
    await s.join()
  },
  { options: { maxClientsPerRoom: 2 } },
)

staged(
  'maxRooms rooms are made, one more is closed with 1013; the application may make more',
  async (s) => {
    const witness = await s.join({ roomId: 'a' })
    await s.join({ roomId: 'b' })
    const late = (await s.connect()).send(helloReq({ roomId: 'c' }))
    expect(await late.closed).toEqual({ code: 1013, reason: 'there are too many rooms' })
    expect(Object.keys(s.wss.rooms)).toEqual(['a', 'b'])
    s.wss.rooms.c = { id: 'c', clients: {}, state: {} }
    await s.join({ roomId: 'c' })
    await witness.quiet()
  },
  { options: { maxRooms: 2 } },
)

staged(
  'the limits of rooms hold for what a hello hook decides',
  async (s) => {
    s.wss.onHelloReq = async (_wss, req) => {
      req.roomId = 'full'
      return { clientState: {}, readonly: false }
    }
    await s.join({ roomId: 'x' })
    const late = (await s.connect()).send(helloReq({ roomId: 'y' }))
    expect(await late.closed).toEqual({ code: 1013, reason: 'the room is full' })
  },
  { options: { maxClientsPerRoom: 1 } },
)

staged(
  'a burst of messages is served, one more is closed with 4101 before a hook is asked',
  async (s) => {
    let calls = 0
    s.wss.onChangeReq = (_wss, req) => (calls++, req)
    const [witness, fast] = await s.joinAll(2)
    for (let i = 1; i <= 6; i++) fast.send(changeReq({ room: { n: `${i}` } }))
    expect((await fast.closed).code).toBe(4101)
    // What was let through counts, also where its hook is done when the client has left.
    const heard = await witness.take(6)
    const values = heard.flatMap(({ roomChanges = [] }) => roomChanges.map(({ value }) => value))
    expect(values).toEqual(['1', '2', '3', '4', '5'])
    expect(heard.filter(({ removeClients }) => removeClients)).toHaveLength(1)
    expect(calls).toBe(5)
    await witness.onlyMarker()
  },
  { options: { rate: { messagesPerSecond: 0.01, burst: 5 } } },
)

staged(
  'a client within its rate is served for as long as it likes',
  async (s) => {
    const client = await s.join()
    // Each waits for the one before: slower than 100,000 a second.
    for (let i = 0; i < 300; i++) await client.onlyMarker(`k${i % 3}`)
  },
  { options: { rate: { messagesPerSecond: 100_000, burst: 200 } } },
)

staged(
  'a room that is empty for emptyRoomTtlMs is gone with its state; one with a client stays',
  async (s) => {
    const [stays, leaves] = [await s.join({ roomId: 'stays' }), await s.join({ roomId: 'goes' })]
    stays.change({ room: { k: '1' } })
    leaves.change({ room: { k: '1' } })
    await stays.onlyMarker()
    await leaves.onlyMarker()
    await leaves.close(1000)
    // Not by looking at the rooms, which would be a reason to keep them.
    while (s.wss.stats().rooms > 1) await turn()
    expect((await s.join({ roomId: 'goes' })).welcome.roomState).toEqual({})
    expect((await s.join({ roomId: 'stays', readonly: true })).welcome.roomState).toEqual({ k: '1' })
  },
  { options: { emptyRoomTtlMs: 40 } },
)

staged('rooms stay by default', async (s) => {
  const client = await s.join()
  client.change({ room: { k: '1' } })
  await client.onlyMarker()
  await client.close(1000)
  expect((await s.join()).welcome.roomState).toEqual({ k: '1' })
})

for (const orderedChanges of [true, false]) {
  staged(
    orderedChanges
      ? 'orderedChanges: a change whose hook answers early waits for its elders, and JavaScript sees that'
      : 'without orderedChanges a change takes effect when its hook is done',
    async (s) => {
      const hooks = new Inbox()
      s.wss.onChangeReq = (_wss, req) => new Promise((done) => hooks.push(() => done(req)))
      const [witness, client] = await s.joinAll(2)
      for (const n of ['1', '2', '3']) client.change({ room: { n } })
      const [first, second, third] = [await hooks.take(), await hooks.take(), await hooks.take()]
      const state = () => s.wss.rooms.room.state.n
      const heard = async () => (await witness.next()).roomChanges[0].value
      const seen = []
      third()
      await turn()
      seen.push(state())
      second()
      await turn()
      seen.push(state())
      first()
      const values = [await heard(), await heard(), await heard()]
      seen.push(state())
      if (orderedChanges)
        expect([values, seen]).toEqual([
          ['1', '2', '3'],
          [undefined, undefined, '3'],
        ])
      else
        expect([values, seen]).toEqual([
          ['3', '2', '1'],
          ['3', '2', '1'],
        ])
    },
    { options: { orderedChanges } },
  )
}

staged(
  'orderedChanges: other clients and actions do not wait',
  async (s) => {
    const hooks = new Inbox()
    s.wss.onChangeReq = (_wss, req, _room, clientId) => {
      if (clientId !== slow.id) return req
      return new Promise((done) => hooks.push(() => done(req)))
    }
    s.wss.onActionReq = (_wss, { id }) => ({ type: 5, id, success: true })
    const [slow, quick] = await s.joinAll(2)
    slow.change({ room: { k: 'late' } })
    const release = await hooks.take()
    expect(await slow.ask('a', { id: '1' })).toMatchObject({ id: '1' })
    quick.change({ room: { k: 'soon' }, echo: true })
    expect((await quick.next()).roomChanges[0].value).toBe('soon')
    release()
    expect((await quick.next()).roomChanges[0].value).toBe('late')
  },
  { options: { orderedChanges: true } },
)
