/** Joining a room: the answer to a hello and what the others hear of it. */

import { expect } from 'vitest'
import { changeReq, helloReq } from '../../support/messages.mjs'
import { frame, OPCODE } from '../../support/raw-client.mjs'

const welcomeText = (fields) =>
  `{"type":1,"protocol":"websocket-room-server:1","roomProtocol":"test:1","clientId":"connection:1",${fields}}`

export function hello({ behaviour }) {
  behaviour('the answer lists the joiner itself, to the letter', async (s) => {
    const client = await s.connect()
    client.send(helloReq({ clientState: { b: '2', a: '1' }, clientName: 'Ann', clientType: 'player' }))
    const self = '{"clientState":{"b":"2","a":"1"},"clientName":"Ann","clientType":"player"}'
    expect(await client.nextText()).toBe(
      welcomeText(`"clients":{"connection:1":${self}},"roomState":{},"readonly":false`),
    )
  })

  behaviour('a name that was not given is left out', async (s) => {
    const client = await s.connect()
    client.send(helloReq())
    expect(await client.nextText()).toBe(
      welcomeText('"clients":{"connection:1":{"clientState":{}}},"roomState":{},"readonly":false'),
    )
  })

  behaviour('the others hear of a joiner, to the letter', async (s) => {
    const first = await s.join()
    await s.join({ clientState: { a: '1' }, clientName: 'Bob', clientType: 'bot' })
    const text = '{"clientType":"bot","clientName":"Bob","clientState":{"a":"1"}}'
    expect(await first.nextText()).toBe(`{"type":3,"addClients":{"connection:2":${text}}}`)
  })

  behaviour('the joiner does not hear of itself', async (s) => {
    const client = await s.join()
    await client.quiet()
  })

  behaviour('clients are listed in the order in which they joined', async (s) => {
    const [slow, ...quick] = [await s.connect(), await s.connect(), await s.connect()]
    for (const client of quick.reverse()) await client.hello()
    await slow.hello()
    expect(Object.keys(slow.welcome.clients)).toEqual(['connection:3', 'connection:2', 'connection:1'])
  })

  behaviour('a readonly joiner is neither listed nor announced', async (s) => {
    const writer = await s.join()
    const reader = await s.join({ readonly: true })
    expect(reader.welcome).toMatchObject({ readonly: true, clientId: 'connection:2' })
    expect(Object.keys(reader.welcome.clients)).toEqual(['connection:1'])
    await writer.quiet()
    const third = await s.join()
    expect(Object.keys(third.welcome.clients)).toEqual(['connection:1', 'connection:3'])
  })

  behaviour('a readonly client hears who joins', async (s) => {
    const reader = await s.join({ readonly: true })
    await s.join()
    expect(await reader.next()).toEqual({ type: 3, addClients: { 'connection:2': { clientState: {} } } })
  })

  behaviour('the answer carries the state of the room as it is', async (s) => {
    const first = await s.join()
    first.change({ room: { z: '1', a: '2' }, echo: true })
    await first.next()
    const second = await s.connect()
    second.send(helloReq())
    expect(await second.nextText()).toContain('"roomState":{"z":"1","a":"2"}')
  })

  behaviour('the answer carries the present client states of the others', async (s) => {
    const first = await s.join({ clientState: { seat: '1' } })
    first.change({ client: { seat: '2', hat: 'red' }, echo: true })
    await first.next()
    const second = await s.join()
    expect(second.welcome.clients['connection:1']).toEqual({ clientState: { seat: '2', hat: 'red' } })
  })

  behaviour('the room protocol is echoed, an empty one too', async (s) => {
    for (const roomProtocol of ['', 'något/ß:2']) {
      expect((await s.join({ roomProtocol })).welcome.roomProtocol).toBe(roomProtocol)
    }
  })

  behaviour('rooms do not hear each other', async (s) => {
    const red = await s.join({ roomId: 'red' })
    const blue = await s.join({ roomId: 'blue' })
    expect(Object.keys(blue.welcome.clients)).toEqual([blue.id])
    blue.change({ room: { a: '1' } })
    await blue.quiet()
    await red.quiet()
    expect(Object.keys(s.wss.rooms)).toEqual(['red', 'blue'])
  })

  behaviour('a room id may be any text', async (s) => {
    for (const roomId of ['a b', '../..', 'größe', '🎲', '<&">', '0', 'x'.repeat(5000)]) {
      const client = await s.join({ roomId })
      expect(Object.keys(s.wss.rooms[roomId].clients)).toEqual([client.id])
    }
  })

  behaviour('a room that was made for a joiner is an empty one with its id', async (s) => {
    const client = await s.join({ roomId: 'fresh' })
    const { id, state, clients } = s.wss.rooms.fresh
    expect([id, Object.keys(state), Object.keys(clients)]).toEqual(['fresh', [], [client.id]])
  })

  behaviour('a binary message will do as a hello', async (s) => {
    const client = await s.connect()
    client.sendBinary(JSON.stringify(helloReq()))
    expect(await client.next()).toMatchObject({ type: 1 })
  })

  behaviour('a hello may come in fragments, with pings between them', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    const text = JSON.stringify(helloReq({ roomId: 'größe' }))
    const bytes = Buffer.from(text)
    const inside = bytes.indexOf('ö') + 1
    client.write(
      frame(bytes.subarray(0, 10), { fin: false }),
      frame('one', { opcode: OPCODE.ping }),
      frame(bytes.subarray(10, inside), { fin: false, opcode: OPCODE.continuation }),
      frame('', { fin: false, opcode: OPCODE.continuation }),
      frame(bytes.subarray(inside), { opcode: OPCODE.continuation }),
    )
    expect(await client.nextFrame()).toMatchObject({ opcode: OPCODE.pong, payload: Buffer.from('one') })
    expect(await client.next()).toMatchObject({ type: 1 })
    expect(Object.keys(s.wss.rooms)).toEqual(['größe'])
  })

  behaviour('white space and unknown members do not matter; of two members the last counts', async (s) => {
    const client = await s.connect()
    client.sendText(
      ` \n\t{"roomId": "first", "surprise": [{}], "type": 9, ${JSON.stringify(helloReq()).slice(1, -1)} , "roomId" :"last"} \r\n`,
    )
    expect(await client.next()).toMatchObject({ type: 1, clientId: 'connection:1' })
    expect(Object.keys(s.wss.rooms)).toEqual(['last'])
  })

  behaviour('names may be empty or falsy values, which come out as they went in', async (s) => {
    const first = await s.join()
    for (const [clientName, clientType] of [
      ['', null],
      [0, false],
    ]) {
      const client = await s.join({ clientName, clientType })
      expect(client.welcome.clients[client.id]).toEqual({ clientState: {}, clientName, clientType })
      expect((await first.next()).addClients[client.id]).toEqual({ clientState: {}, clientName, clientType })
    }
  })

  behaviour('a request right behind the hello is served when no hook is set', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    client.write(
      frame(JSON.stringify(helloReq())),
      frame(JSON.stringify(changeReq({ room: { a: '1' }, echo: true }))),
    )
    expect(await client.next()).toMatchObject({ type: 1, roomState: {} })
    expect(await client.next()).toMatchObject({ type: 3, roomChanges: [{ key: 'a', value: '1' }] })
  })

  behaviour('without a hook, readonly is as the client asks', async (s) => {
    for (const [asked, granted] of [
      [true, true],
      [false, false],
      [null, false],
      [undefined, false],
    ]) {
      expect((await s.join({ readonly: asked })).welcome.readonly).toBe(granted)
    }
  })

  behaviour('every message of the server is one unmasked text frame', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    client.write(frame(JSON.stringify(helloReq({ clientState: { big: 'x'.repeat(70_000) } }))))
    const { fin, rsv, opcode, masked, payload } = await client.nextFrame()
    expect({ fin, rsv, opcode, masked }).toEqual({ fin: true, rsv: 0, opcode: OPCODE.text, masked: false })
    expect(payload.length).toBeGreaterThan(70_000)
  })

  behaviour('a second hello is an error', async (s) => {
    const client = await s.join()
    client.send(helloReq())
    expect(await client.closed).toEqual({
      code: 1002,
      reason: 'error: message without numerical type (undefined',
    })
  })
}
