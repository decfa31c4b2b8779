/** Change requests: what is stored and who is told. */

import { expect } from 'vitest'
import { sets } from '../../support/messages.mjs'

export function changes({ behaviour }) {
  behaviour('the others hear of a change, to the letter', async (s) => {
    const [writer, other] = await s.joinAll(2)
    writer.change({ room: { a: '1', b: '2' }, client: { c: '3' } })
    const text = '{"type":3,"roomChanges":[{"key":"a","value":"1"},{"key":"b","value":"2"}]'
    expect(await other.nextText()).toBe(`${text},"updateClients":{"connection:1":[{"key":"c","value":"3"}]}}`)
  })

  behaviour('without client changes updateClients is an empty object', async (s) => {
    const [writer, other] = await s.joinAll(2)
    writer.change({ room: { a: '1' } })
    expect(await other.nextText()).toBe(
      '{"type":3,"roomChanges":[{"key":"a","value":"1"}],"updateClients":{}}',
    )
  })

  behaviour('without room changes roomChanges is left out', async (s) => {
    const [writer, other] = await s.joinAll(2)
    writer.change({ client: { a: '1' } })
    expect(await other.nextText()).toBe(
      '{"type":3,"updateClients":{"connection:1":[{"key":"a","value":"1"}]}}',
    )
  })

  behaviour('the writer hears nothing without echo', async (s) => {
    const client = await s.join()
    client.change({ room: { a: '1' } })
    await client.onlyMarker()
  })

  behaviour('with echo the writer hears the same text as the others', async (s) => {
    const [writer, other] = await s.joinAll(2)
    writer.change({ room: { a: '1' }, client: { b: '2' }, echo: true })
    expect(await writer.nextText()).toBe(await other.nextText())
  })

  behaviour('echo of null or false is none', async (s) => {
    const client = await s.join()
    client.change({ room: { a: '1' }, echo: null }).change({ room: { a: '2' }, echo: false })
    await client.onlyMarker()
  })

  behaviour('changes are applied in the order of the array, the last one counts', async (s) => {
    const client = await s.join()
    client.change({ room: [...sets({ a: '1', b: '2' }), ...sets({ a: '3' })], echo: true })
    expect((await client.next()).roomChanges).toHaveLength(3)
    expect({ ...s.wss.rooms.room.state }).toEqual({ a: '3', b: '2' })
  })

  behaviour('an entry without value deletes the key for everybody', async (s) => {
    const [writer, other] = await s.joinAll(2)
    writer.change({ room: { a: '1', b: '2' } }).change({ room: [{ key: 'a' }] })
    await other.next()
    expect(await other.nextText()).toBe('{"type":3,"roomChanges":[{"key":"a"}],"updateClients":{}}')
    expect((await s.join()).welcome.roomState).toEqual({ b: '2' })
  })

  behaviour('a deleted key stays as a key of value undefined and keeps its place', async (s) => {
    const client = await s.join()
    client.change({ room: { a: '1', b: '2' } }).change({ room: [{ key: 'a' }], echo: true })
    await client.next()
    const { state } = s.wss.rooms.room
    expect([Object.keys(state), state.a]).toEqual([['a', 'b'], undefined])
    client.change({ room: { a: '3' }, echo: true })
    await client.next()
    expect(Object.entries(state)).toEqual([
      ['a', '3'],
      ['b', '2'],
    ])
  })

  behaviour('the empty string is a value', async (s) => {
    const [writer, other] = await s.joinAll(2)
    writer.change({ room: { a: '' } })
    expect((await other.next()).roomChanges).toEqual([{ key: 'a', value: '' }])
    expect((await s.join()).welcome.roomState).toEqual({ a: '' })
  })

  behaviour('the values null, 0 and false are stored and sent as they are', async (s) => {
    const client = await s.join()
    const room = [
      { key: 'n', value: null },
      { key: 'z', value: 0 },
      { key: 'f', value: false },
    ]
    client.change({ room, echo: true })
    expect((await client.next()).roomChanges).toEqual(room)
    expect((await s.join()).welcome.roomState).toEqual({ n: null, z: 0, f: false })
  })

  behaviour('other members of an entry are dropped', async (s) => {
    const client = await s.join()
    client.change({ room: [{ value: '1', extra: 'x', key: 'a' }], echo: true })
    expect(await client.nextText()).toContain('"roomChanges":[{"key":"a","value":"1"}]')
  })

  behaviour('a request without changes tells nobody anything', async (s) => {
    const client = await s.join()
    client.change({ echo: true }).change({ roomChanges: null, clientChanges: 0, echo: true })
    await client.onlyMarker()
  })

  behaviour('empty lists of changes are announced', async (s) => {
    const client = await s.join()
    client.change({ room: [], echo: true })
    expect(await client.nextText()).toBe('{"type":3,"roomChanges":[],"updateClients":{}}')
    client.change({ client: [], echo: true })
    expect(await client.nextText()).toBe('{"type":3,"updateClients":{"connection:1":[]}}')
  })

  behaviour('a readonly client hears changes', async (s) => {
    const writer = await s.join()
    const reader = await s.join({ readonly: true })
    writer.change({ room: { a: '1' } })
    expect(await reader.next()).toMatchObject({ roomChanges: [{ key: 'a', value: '1' }] })
  })

  behaviour('a readonly client may not change the room: nothing of its request is applied', async (s) => {
    const writer = await s.join()
    const reader = await s.join({ readonly: true })
    const info = s.wss.rooms.room.clients[reader.id]
    reader.change({ room: { a: '1' }, client: { b: '2' } })
    expect(await reader.closed).toEqual({
      code: 1002,
      reason: 'error: readonly client cannot change room state',
    })
    expect([{ ...s.wss.rooms.room.state }, { ...info.clientState }]).toEqual([{}, {}])
    await writer.quiet()
  })

  behaviour("a readonly client's own changes are stored, but told to nobody", async (s) => {
    const writer = await s.join()
    const reader = await s.join({ readonly: true })
    reader.change({ client: { a: '1' }, echo: true }).change({ room: [], echo: true })
    await reader.quiet()
    await writer.quiet()
    expect({ ...s.wss.rooms.room.clients[reader.id].clientState }).toEqual({ a: '1' })
  })

  behaviour('the type may be written 2.0', async (s) => {
    const client = await s.join()
    client.sendText('{"type":2.0,"echo":true,"roomChanges":[{"key":"a","value":"1"}]}')
    expect(await client.next()).toMatchObject({ type: 3 })
  })

  behaviour('a binary message will do as a request', async (s) => {
    const client = await s.join()
    client.sendBinary('{"type":2,"echo":true,"roomChanges":[{"key":"a","value":"1"}]}')
    expect(await client.nextText()).toContain('"roomChanges"')
  })

  behaviour('text of every kind passes unchanged', async (s) => {
    const client = await s.join()
    const room = sets({ 'ключ 🎲': 'quote " back \\ slash / \u0000 \u001f \u2028', é: 'é', '': 'no key' })
    client.change({ room, echo: true })
    expect((await client.next()).roomChanges).toEqual(room)
    expect((await s.join()).welcome.roomState).toEqual(
      Object.fromEntries(room.map(({ key, value }) => [key, value])),
    )
  })

  behaviour('lone surrogates pass as escapes', async (s) => {
    const client = await s.join()
    client.sendText('{"type":2,"echo":true,"roomChanges":[{"key":"k\\ud83d","value":"\\udc00v"}]}')
    expect(await client.nextText()).toBe(
      '{"type":3,"roomChanges":[{"key":"k\\ud83d","value":"\\udc00v"}],"updateClients":{}}',
    )
    expect(s.wss.rooms.room.state['k\ud83d']).toBe('\udc00v')
  })

  behaviour('keys that look like numbers come first, as in any object', async (s) => {
    const client = await s.join()
    client.change({
      room: [...sets({ b: '1' }), ...sets({ 10: '2' }), ...sets({ a: '3' }), ...sets({ 9: '4' })],
      echo: true,
    })
    await client.next()
    expect(Object.keys(s.wss.rooms.room.state)).toEqual(['9', '10', 'b', 'a'])
    const joiner = await s.connect()
    joiner.send({ protocol: s.pkg.PROTOCOL, roomProtocol: '', roomId: 'room', clientState: {} })
    expect(await joiner.nextText()).toContain('"roomState":{"9":"4","10":"2","b":"1","a":"3"}')
  })

  behaviour('a message of a megabyte reaches everybody whole', async (s) => {
    const [writer, other] = await s.joinAll(2)
    const big = 'ä'.repeat(500_000)
    writer.change({ room: { big } })
    expect((await other.next()).roomChanges[0].value).toBe(big)
  })

  behaviour('changes of many clients at once leave everybody with the same room', async (s) => {
    const clients = await s.joinAll(5)
    for (let round = 0; round < 40; round++) {
      for (const client of clients)
        client.change({ room: { [`k${round % 7}`]: `${client.id}/${round}` }, echo: true })
    }
    const views = await Promise.all(
      clients.map(async (client) => {
        const view = {}
        for (const { roomChanges } of await client.take(200))
          for (const { key, value } of roomChanges) view[key] = value
        return view
      }),
    )
    for (const view of views) expect(view).toEqual({ ...s.wss.rooms.room.state })
  })
}
