/** Leaving a room, for whatever reason. */

import { expect, vi } from 'vitest'
import { gate, within } from '../../support/inbox.mjs'
import { closePayload, frame, OPCODE } from '../../support/raw-client.mjs'

/** How a client of frames may go: `[what, go(stage, client)]`. */
const WAYS = [
  ['a close frame', (_s, client) => client.write(frame(closePayload(1000, 'bye'), { opcode: OPCODE.close }))],
  ['an empty close frame', (_s, client) => client.write(frame('', { opcode: OPCODE.close }))],
  ['an end without close frame', (_s, client) => client.end()],
  ['a reset', (_s, client) => client.reset()],
  ['a framing error', (_s, client) => client.write(frame('x', { mask: false }))],
  ['half a frame and an end', (_s, client) => client.write(frame('{"type":2}').subarray(0, 5)).end()],
  [
    'terminate by the server',
    (s, client) => s.wss.rooms.room.clients[client.welcome.clientId].ws.terminate(),
  ],
]

export function leaving({ behaviour, dropped }) {
  for (const [what, go] of WAYS) {
    behaviour(`${what}: the others hear of it and the hook is called`, async (s) => {
      const left = gate()
      s.wss.onLeave = async (...args) => left.open(args)
      const other = await s.join()
      const client = await s.joinRaw({ clientName: 'Ann' })
      await other.next()
      const id = client.welcome.clientId
      go(s, client)
      expect(await other.nextText()).toBe(`{"type":3,"removeClients":["${id}"]}`)
      const [wss, room, clientId, info] = await within(left.promise, 'the hook was not called')
      expect([wss === s.wss, room === s.wss.rooms.room, clientId, info.clientName]).toEqual([
        true,
        true,
        id,
        'Ann',
      ])
    })
  }

  behaviour('a client that an error closes leaves as any other', async (s) => {
    const [client, other] = await s.joinAll(2)
    client.sendText('{"type":9}')
    await client.closed
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
  })

  behaviour('a readonly client leaves without a word, but the hook is called', async (s) => {
    const left = gate()
    const other = await s.join()
    const reader = await s.join({ readonly: true })
    s.wss.onLeave = (_wss, _room, id, info) => left.open([id, info.readonly])
    await reader.terminate()
    expect(await within(left.promise, 'the hook was not called')).toEqual([reader.id, true])
    await other.quiet()
  })

  behaviour('readonly clients hear who leaves', async (s) => {
    const writer = await s.join()
    const reader = await s.join({ readonly: true })
    await writer.terminate()
    expect(await reader.next()).toEqual({ type: 3, removeClients: [writer.id] })
  })

  behaviour('in the leave hook the client is gone already and its socket is closed', async (s) => {
    const left = gate()
    s.wss.onLeave = function (wss, room, id, info) {
      left.open({
        self: this === wss,
        clients: Object.keys(room.clients),
        has: id in room.clients,
        readyState: info.ws.readyState,
      })
    }
    const [client, other] = await s.joinAll(2)
    await client.terminate()
    const seen = await within(left.promise, 'the hook was not called')
    expect(seen).toEqual({ self: true, clients: [other.id], has: false, readyState: 3 })
  })

  behaviour('a connection that never joined leaves no trace', async (s) => {
    let calls = 0
    s.wss.onLeave = () => calls++
    const other = await s.join()
    const silent = await s.connect()
    await silent.close()
    const wrong = await s.connect()
    wrong.send({})
    await wrong.closed
    await s.settle(other)
    expect(calls).toBe(0)
  })

  behaviour('a refused hello leaves no trace', async (s) => {
    let calls = 0
    s.wss.onLeave = () => calls++
    s.wss.onHelloReq = async (_wss, req) => {
      if (req.clientName === 'Eve') throw new Error('not you')
      return { clientState: {}, readonly: false }
    }
    const other = await s.join()
    const eve = await s.connect()
    eve.send({
      protocol: s.pkg.PROTOCOL,
      roomProtocol: '',
      roomId: 'another',
      clientState: {},
      clientName: 'Eve',
    })
    await eve.closed
    await s.settle(other)
    expect([calls, Object.keys(s.wss.rooms)]).toEqual([0, ['room']])
  })

  behaviour('a client that was taken out of the room by hand leaves without a word', async (s) => {
    let calls = 0
    s.wss.onLeave = () => calls++
    const [client, other] = await s.joinAll(2)
    delete s.wss.rooms.room.clients[client.id]
    await client.terminate()
    await s.settle(other)
    other.change({ room: { a: '1' }, echo: true })
    expect(await other.next()).toMatchObject({ type: 3, roomChanges: [{ key: 'a', value: '1' }] })
    expect(calls).toBe(0)
  })

  behaviour('a client whose room was deleted leaves without a word', async (s) => {
    let calls = 0
    s.wss.onLeave = () => calls++
    const client = await s.join()
    const other = await s.join({ roomId: 'other' })
    delete s.wss.rooms.room
    await client.terminate()
    await s.settle(other)
    expect([calls, Object.keys(s.wss.rooms)]).toEqual([0, ['other']])
  })

  behaviour('an empty room stays, with its state', async (s) => {
    const left = gate()
    s.wss.onLeave = () => left.open()
    const client = await s.join()
    client.change({ room: { a: '1' }, echo: true })
    await client.next()
    const { room } = s.wss.rooms
    await client.terminate()
    await within(left.promise, 'the hook was not called')
    expect([s.wss.rooms.room === room, Object.keys(room.clients), { ...room.state }]).toEqual([
      true,
      [],
      { a: '1' },
    ])
    const next = await s.join()
    expect([next.welcome.roomState, Object.keys(next.welcome.clients)]).toEqual([{ a: '1' }, [next.id]])
  })

  behaviour('twenty clients that go at once: the hook sees one client fewer each time', async (s) => {
    const seen = []
    const all = gate()
    s.wss.onLeave = (_wss, room) => seen.push(Object.keys(room.clients).length) === 20 && all.open()
    const clients = await s.joinAll(20)
    for (const client of clients) client.ws.terminate()
    await within(all.promise, 'the hook was not called 20 times')
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i))
  })

  behaviour('a client that leaves can come back, as another one', async (s) => {
    const [client, other] = await s.joinAll(2)
    await client.close()
    const again = await s.join()
    expect(again.id).toBe('connection:3')
    expect(await other.take(2)).toEqual([
      { type: 3, removeClients: [client.id] },
      { type: 3, addClients: { [again.id]: { clientState: {} } } },
    ])
  })

  dropped('empty-room-log', 'a room that has become empty is reported on stdout', async (s) => {
    const spy = vi.spyOn(console, 'log')
    const left = gate()
    s.wss.onLeave = () => left.open()
    const client = await s.join({ roomId: 'the reported one' })
    await client.terminate()
    await within(left.promise, 'the hook was not called')
    expect(spy.mock.calls).toContainEqual(['room the reported one is now empty'])
  })
}
