/** The socket of a client as hooks and applications see it: clientInfo.ws. */

import { expect } from 'vitest'
import { gate, within } from '../../support/inbox.mjs'
import { frame, OPCODE } from '../../support/raw-client.mjs'

/** A joined client with the server's end of its connection. */
async function pair(s, fields) {
  const client = await s.join(fields)
  return { client, ws: s.wss.rooms.room.clients[client.id].ws }
}

export function sockets({ behaviour }) {
  behaviour('send takes text, which arrives as a text message', async (s) => {
    const { client, ws } = await pair(s)
    ws.send('any text, ü 🎲')
    expect(await client.nextText()).toBe('any text, ü 🎲')
    ws.send('')
    expect(await client.nextText()).toBe('')
  })

  behaviour('send takes bytes, which arrive as a binary message', async (s) => {
    const { client, ws } = await pair(s)
    ws.send(Buffer.from([0, 255, 1]))
    expect(await client.nextRaw()).toEqual({ data: Buffer.from([0, 255, 1]), isBinary: true })
    ws.send(new Uint8Array([7]))
    expect(await client.nextRaw()).toEqual({ data: Buffer.from([7]), isBinary: true })
  })

  behaviour('send takes a number, which arrives as text', async (s) => {
    const { client, ws } = await pair(s)
    ws.send(42)
    expect(await client.nextText()).toBe('42')
  })

  behaviour('text and bytes arrive in the order of the calls', async (s) => {
    const { client, ws } = await pair(s)
    for (let i = 0; i < 10; i++) {
      ws.send(`t${i}`)
      ws.send(Buffer.from(`b${i}`))
    }
    const seen = []
    for (let i = 0; i < 20; i++) seen.push((await client.nextRaw()).data.toString())
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `${i % 2 ? 'b' : 't'}${i >> 1}`))
  })

  behaviour('send calls back without an error', async (s) => {
    const { client, ws } = await pair(s)
    const sent = gate()
    ws.send('x', (error) => sent.open(error))
    expect(await within(sent.promise, 'no callback')).toBeFalsy()
    expect(await client.nextText()).toBe('x')
  })

  behaviour('readyState is 1 while the connection is open and 3 afterwards', async (s) => {
    const { client, ws } = await pair(s)
    const closed = gate()
    ws.on('close', closed.open)
    expect([ws.readyState, ws.OPEN, ws.CLOSED]).toEqual([1, 1, 3])
    await client.terminate()
    await within(closed.promise, 'no close event')
    expect(ws.readyState).toBe(3)
  })

  behaviour('readyState is 2 between close and its end', async (s) => {
    const client = await s.joinRaw()
    const { ws } = s.wss.rooms.room.clients[client.welcome.clientId]
    ws.close(1000)
    expect(ws.readyState).toBe(2)
    await client.nextClose()
    expect(ws.readyState).toBe(2)
  })

  behaviour('close takes code and reason', async (s) => {
    const { client, ws } = await pair(s)
    ws.close(4001, 'go away, ü')
    expect(await client.closed).toEqual({ code: 4001, reason: 'go away, ü' })
  })

  behaviour('close without a code sends an empty close frame', async (s) => {
    const { client, ws } = await pair(s)
    ws.close()
    expect(await client.closed).toEqual({ code: 1005, reason: '' })
  })

  behaviour('close comes after what was sent before', async (s) => {
    const { client, ws } = await pair(s)
    ws.send('one')
    ws.send('two')
    ws.close(1000)
    expect([await client.nextText(), await client.nextText()]).toEqual(['one', 'two'])
    expect((await client.closed).code).toBe(1000)
  })

  behaviour('terminate cuts the connection without a close frame', async (s) => {
    const { client, ws } = await pair(s)
    ws.terminate()
    expect((await client.closed).code).toBe(1006)
  })

  behaviour('send, close, terminate and ping on a closed connection do nothing', async (s) => {
    const { client, ws } = await pair(s)
    const closed = gate()
    ws.on('close', closed.open)
    await client.terminate()
    await within(closed.promise, 'no close event')
    ws.send('x')
    ws.close(1000, 'x')
    ws.close()
    ws.terminate()
    expect(ws.readyState).toBe(3)
  })

  behaviour('send after close does nothing', async (s) => {
    const { client, ws } = await pair(s)
    ws.close(1000)
    ws.send('too late')
    await expect(client.nextText()).rejects.toThrow('closed (1000')
  })

  behaviour('the close event carries the code and the reason of the client', async (s) => {
    const { client, ws } = await pair(s)
    const closed = gate()
    ws.on('close', (code, reason) => closed.open({ code, reason: reason.toString() }))
    await client.close(4321, 'grüße')
    expect(await within(closed.promise, 'no close event')).toEqual({ code: 4321, reason: 'grüße' })
  })

  behaviour('ping reaches the client, and its pong raises an event', async (s) => {
    const { client, ws } = await pair(s)
    const [pinged, ponged] = [gate(), gate()]
    client.ws.on('ping', (data) => pinged.open(data.toString()))
    ws.on('pong', (data) => ponged.open(data.toString()))
    ws.ping('are you there')
    expect(await within(pinged.promise, 'no ping')).toBe('are you there')
    expect(await within(ponged.promise, 'no pong event')).toBe('are you there')
  })

  behaviour('bufferedAmount is a number, 0 when everything is on its way', async (s) => {
    const { client, ws } = await pair(s)
    ws.send('x')
    await client.nextText()
    expect(ws.bufferedAmount).toBe(0)
  })

  behaviour('ss tells state, id and room of a connection', async (s) => {
    const { client, ws } = await pair(s)
    expect(ws.ss).toMatchObject({ status: 2, clientId: client.id, roomId: 'room', readonly: false })
    const reader = await pair(s, { readonly: true })
    expect(reader.ws.ss).toMatchObject({ status: 2, readonly: true })
    expect([ws.isAlive, typeof ws.ss.lastEvent]).toEqual([true, 'number'])
  })

  behaviour('ss.status is 3 once an error has closed the connection and 4 at its end', async (s) => {
    const client = await s.joinRaw()
    const { ws } = s.wss.rooms.room.clients[client.welcome.clientId]
    const closed = gate()
    ws.on('close', closed.open)
    client.write(frame('{"type":99}'))
    await client.nextClose()
    expect(ws.ss.status).toBe(3)
    client.write(frame('', { opcode: OPCODE.close }))
    await within(closed.promise, 'no close event')
    expect(ws.ss.status).toBe(4)
  })

  behaviour('a listener may be taken off, and one for the next event only runs once', async (s) => {
    const { client, ws } = await pair(s)
    const calls = []
    const second = gate()
    const off = () => calls.push('off')
    ws.on('pong', off)
    ws.off('pong', off)
    ws.once('pong', () => calls.push('once'))
    ws.on('pong', (data) => {
      calls.push(data.toString())
      if (data.toString() === '2') second.open()
    })
    ws.ping('1')
    ws.ping('2')
    await within(second.promise, 'no second pong')
    expect(calls).toEqual(['once', '1', '2'])
    await client.quiet()
  })
}
