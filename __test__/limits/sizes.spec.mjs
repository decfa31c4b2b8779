/** Limits of sizes, from both sides: what just fits is served, what doesn't is answered as documented, and nobody else notices. */

import { expect } from 'vitest'
import { staged } from '../support/lifecycle.mjs'
import { changeReq, helloReq, roomNotif } from '../support/messages.mjs'

/** The message as text of exactly so many bytes, made longer by a member that nobody looks at. */
function padded(message, bytes) {
  const text = JSON.stringify({ ...message, pad: '' })
  return text.replace('"pad":""', `"pad":"${'x'.repeat(bytes - Buffer.byteLength(text))}"`)
}

staged(
  'a hello of maxHelloBytes joins, one byte more is closed with 1009',
  async (s) => {
    const witness = await s.join()
    const fits = (await s.connect()).sendText(padded(helloReq({ readonly: true }), 400))
    expect((await fits.next()).type).toBe(1)
    const tooLarge = (await s.connect()).sendText(padded(helloReq(), 401))
    expect((await tooLarge.closed).code).toBe(1009)
    await witness.quiet()
  },
  { options: { maxHelloBytes: 400 } },
)

staged(
  'a message of maxMessageBytes is served, one byte more is closed with 1009',
  async (s) => {
    const [witness, greedy] = await s.joinAll(2)
    greedy.sendText(padded(changeReq({ room: { a: '1' } }), 5000))
    expect(await witness.next()).toEqual(roomNotif(greedy.id, { a: '1' }))
    greedy.sendText(padded(changeReq({ room: { a: '2' } }), 5001))
    expect((await greedy.closed).code).toBe(1009)
    expect(await witness.next()).toEqual({ type: 3, removeClients: [greedy.id] })
    await witness.onlyMarker()
    expect(s.wss.rooms.room.state).toEqual({ a: '1' })
  },
  { options: { maxMessageBytes: 5000 } },
)

/** Keys and values count as JSON strings: `"k"` and `"12345"` are 3 and 7 bytes. */
const BYTES = 10

for (const hooked of [false, true]) {
  const how = hooked ? 'with a hook' : 'without a hook'

  staged(
    `a room's state of maxStateBytes is kept, one byte more is refused, ${how}`,
    async (s) => {
      if (hooked) s.wss.onChangeReq = async (_wss, req) => req
      const [witness, writer, greedy] = await s.joinAll(3)
      // JavaScript has looked: its copy has to stay right too.
      expect(s.wss.rooms.room.state).toEqual({})
      writer.change({ room: { k: '12345' } })
      expect(await witness.next()).toEqual(roomNotif(writer.id, { k: '12345' }))
      greedy.change({ room: { k: '123456' } })
      expect(await greedy.closed).toEqual({
        code: 1002,
        reason: "error: the room's state would be larger than maxStateBytes",
      })
      expect(await witness.next()).toEqual({ type: 3, removeClients: [greedy.id] })
      expect(s.wss.rooms.room.state).toEqual({ k: '12345' })
      writer.change({ room: { k: '1' } })
      expect(await witness.next()).toEqual(roomNotif(writer.id, { k: '1' }))
      expect(s.wss.rooms.room.state).toEqual({ k: '1' })
      await witness.onlyMarker()
    },
    { options: { maxStateBytes: BYTES } },
  )

  staged(
    `a client's state of maxClientStateBytes is kept, one byte more is refused, ${how}`,
    async (s) => {
      if (hooked) s.wss.onChangeReq = async (_wss, req) => req
      const [witness, client] = await s.joinAll(2)
      const seen = () => s.wss.rooms.room.clients[client.id].clientState
      expect(seen()).toEqual({})
      client.change({ client: { k: '12345' } })
      await witness.next()
      expect(seen()).toEqual({ k: '12345' })
      const held = seen()
      client.change({ client: { k: '123456' } })
      expect(await client.closed).toEqual({
        code: 1002,
        reason: "error: the client's state would be larger than maxClientStateBytes",
      })
      expect(await witness.next()).toEqual({ type: 3, removeClients: [client.id] })
      expect(held).toEqual({ k: '12345' })
      await witness.quiet()
    },
    { options: { maxClientStateBytes: BYTES } },
  )
}

staged(
  'maxClientStateBytes counts in the hello too, and the hook is not asked',
  async (s) => {
    const asked = []
    s.wss.onHelloReq = (_wss, { clientState }) => (asked.push(clientState), { clientState, readonly: false })
    const fits = await s.join({ clientState: { k: '12345' } })
    const greedy = (await s.connect()).send(helloReq({ clientState: { k: '123456' } }))
    expect(await greedy.closed).toEqual({
      code: 1002,
      reason: "error: the client's state would be larger than maxClientStateBytes",
    })
    expect(asked).toEqual([{ k: '12345' }])
    await fits.quiet()
  },
  { options: { maxClientStateBytes: BYTES } },
)

staged(
  'a state that the application made larger may shrink',
  async (s) => {
    s.wss.rooms.room = { id: 'room', clients: {}, state: { k: 'x'.repeat(100) } }
    const client = await s.join()
    client.change({ room: { k: 'x'.repeat(99) }, echo: true })
    expect((await client.next()).roomChanges[0].value).toHaveLength(99)
    client.change({ room: { k: 'x'.repeat(100) } })
    expect((await client.closed).code).toBe(1002)
  },
  { options: { maxStateBytes: BYTES } },
)

staged(
  'a room, or its clients, too large for one text come to JavaScript in parts',
  async (s) => {
    const value = 'x'.repeat(48 * 2 ** 20)
    const keys = ['a', 'b', 'c']
    const client = await s.join()
    for (const key of keys) client.change({ room: { [key]: value } })
    for (const key of keys.slice(0, 2)) client.change({ client: { [key]: value } })
    await client.ping()
    const room = s.wss.rooms.room
    expect(Object.entries(room.state).map(([key, { length }]) => [key, length])).toEqual(
      keys.map((key) => [key, value.length]),
    )
    expect(Object.keys(room.clients[client.id].clientState)).toEqual(keys.slice(0, 2))
    for (const key of keys) client.change({ room: { [key]: `new ${value}` } })
    await client.ping()
    expect(Object.values(room.state).every((text) => text.startsWith('new'))).toBe(true)
  },
  { options: { maxMessageBytes: 64 * 2 ** 20 }, timeout: 60_000 },
)

staged(
  'a client’s state ends at 128 MiB, also without maxClientStateBytes',
  async (s) => {
    const value = 'x'.repeat(60 * 2 ** 20)
    const client = await s.join()
    for (const key of ['a', 'b', 'c']) client.change({ client: { [key]: value } })
    expect(await client.closed).toEqual({
      code: 1002,
      reason: "error: the client's state would be larger than maxClientStateBytes",
    })
  },
  { options: { maxMessageBytes: 64 * 2 ** 20 }, timeout: 60_000 },
)
