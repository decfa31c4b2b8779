/** The module and the methods of a room server. */

import { createRequire } from 'node:module'
import { expect } from 'vitest'

const note = (text) => ({ type: 3, roomChanges: [{ key: 'note', value: text }] })

export function api({ behaviour, dropped, repaired, pkg }) {
  behaviour('PROTOCOL and MESSAGE_TYPE are those of the protocol, with names for the numbers', async () => {
    const names = [
      'HELLO_FAIL_RESP',
      'HELLO_SUCCESS_RESP',
      'CHANGE_REQ',
      'CHANGE_NOTIF',
      'ACTION_REQ',
      'ACTION_RESP',
      'CLOSE_REQ',
      'CLOSE_RESP',
    ]
    expect(pkg.PROTOCOL).toBe('websocket-room-server:1')
    for (const [number, name] of names.entries()) {
      expect([pkg.MESSAGE_TYPE[name], pkg.MESSAGE_TYPE[number]]).toEqual([number, name])
    }
  })

  behaviour('a new room server has no rooms, no clients, no hooks and is not in debug mode', async (s) => {
    const { rooms, client, debug, onHelloReq, onChangeReq, onActionReq, onLeave } = s.roomServer()
    expect([Object.keys(rooms), client, debug]).toEqual([[], 0, false])
    expect([onHelloReq, onChangeReq, onActionReq, onLeave]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  dropped('wss-wss', 'the room server has the WebSocketServer of ws as wss', async (s) => {
    expect(s.wss.wss.clients).toBeInstanceOf(Set)
  })

  repaired('wss-wss', 'there is no WebSocketServer of ws inside', async (s) => {
    expect('wss' in s.wss).toBe(false)
  })

  behaviour('inner methods of the original', async (s) => {
    const expected = s.differs('inner-methods', 'function', 'undefined')
    for (const name of ['tidyUp', 'clearTimer', 'timeoutSocket']) expect(typeof s.wss[name]).toBe(expected)
  })

  behaviour(
    'broadcastChange reaches every client of the room, readonly ones too, and no other',
    async (s) => {
      const writer = await s.join()
      const reader = await s.join({ readonly: true })
      const stranger = await s.join({ roomId: 'other' })
      expect(s.wss.broadcastChange(s.wss.rooms.room, note('hear'))).toBeUndefined()
      expect([await writer.next(), await reader.next()]).toEqual([note('hear'), note('hear')])
      await stranger.quiet()
    },
  )

  behaviour(
    'broadcastChange leaves out the client that is named, and nobody for null or an unknown id',
    async (s) => {
      const [first, second] = await s.joinAll(2)
      s.wss.broadcastChange(s.wss.rooms.room, note('1'), first.id)
      s.wss.broadcastChange(s.wss.rooms.room, note('2'), null)
      s.wss.broadcastChange(s.wss.rooms.room, note('3'), 'connection:99')
      expect(await first.take(2)).toEqual([note('2'), note('3')])
      expect(await second.take(3)).toEqual([note('1'), note('2'), note('3')])
    },
  )

  behaviour('broadcastChange does not change the state', async (s) => {
    const client = await s.join()
    s.wss.broadcastChange(s.wss.rooms.room, note('told'))
    await client.next()
    expect({ ...s.wss.rooms.room.state }).toEqual({})
    expect((await s.join()).welcome.roomState).toEqual({})
  })

  behaviour('broadcastChange sends what JSON.stringify makes of its argument', async (s) => {
    const client = await s.join()
    const { room } = s.wss.rooms
    for (const [value, text] of [
      [
        { z: 1, a: undefined, type: 3, n: null, list: [undefined, 'ü'] },
        '{"z":1,"type":3,"n":null,"list":[null,"ü"]}',
      ],
      ['text', '"text"'],
      [[1, 2], '[1,2]'],
      [{ toJSON: () => ({ made: 'so' }) }, '{"made":"so"}'],
    ]) {
      s.wss.broadcastChange(room, value)
      expect(await client.nextText()).toBe(text)
    }
  })

  behaviour('broadcastChange makes the text once, at the moment of the call', async (s) => {
    const clients = await s.joinAll(3)
    let calls = 0
    const change = { type: 3, roomChanges: [{ key: 'n', value: { toJSON: () => `${++calls}` } }] }
    s.wss.broadcastChange(s.wss.rooms.room, change)
    change.roomChanges[0].key = 'changed later'
    for (const client of clients)
      expect(await client.nextText()).toBe('{"type":3,"roomChanges":[{"key":"n","value":"1"}]}')
    expect(calls).toBe(1)
  })

  behaviour('broadcasts and direct messages arrive in the order of the calls', async (s) => {
    const [first, second] = await s.joinAll(2)
    const { room } = s.wss.rooms
    for (let i = 0; i < 20; i++) {
      s.wss.broadcastChange(room, note(`b${i}`))
      room.clients[first.id].ws.send(JSON.stringify(note(`s${i}`)))
    }
    const texts = (messages) => messages.map(({ roomChanges }) => roomChanges[0].value)
    expect(texts(await first.take(40))).toEqual(
      Array.from({ length: 40 }, (_, i) => `${i % 2 ? 's' : 'b'}${i >> 1}`),
    )
    expect(texts(await second.take(20))).toEqual(Array.from({ length: 20 }, (_, i) => `b${i}`))
  })

  behaviour('broadcastChange takes any object with clients that can send', async (s) => {
    const client = await s.join()
    const info = s.wss.rooms.room.clients[client.id]
    const sent = []
    const byHand = { ws: { send: (text) => sent.push(text) } }
    s.wss.broadcastChange(
      { clients: { byHand, [client.id]: info, skipped: byHand } },
      note('hear'),
      'skipped',
    )
    expect(sent).toEqual([JSON.stringify(note('hear'))])
    expect(await client.next()).toEqual(note('hear'))
  })

  behaviour('broadcasting to a room without clients does nothing', async (s) => {
    s.wss.rooms.empty = { id: 'empty', clients: {}, state: {} }
    s.wss.broadcastChange(s.wss.rooms.empty, note('nobody'))
    s.wss.broadcastChange({ clients: {} }, note('nobody'))
  })

  behaviour('getClientMap lists the clients that are not readonly', async (s) => {
    const first = await s.join({ clientState: { a: '1' }, clientName: 'Ann', clientType: 'player' })
    await s.join({ readonly: true })
    const third = await s.join()
    const map = s.wss.getClientMap(s.wss.rooms.room)
    expect(Object.keys(map)).toEqual([first.id, third.id])
    expect(JSON.stringify(map[first.id])).toBe(
      '{"clientState":{"a":"1"},"clientName":"Ann","clientType":"player"}',
    )
    expect(Object.keys(map[third.id])).toEqual(['clientState', 'clientName', 'clientType'])
    expect(map[third.id].clientName).toBeUndefined()
    expect(s.wss.getClientMap({ clients: {} })).toEqual({})
  })

  behaviour(
    'closeSocket closes with 1002 and exactly that reason; what the client sends then is ignored',
    async (s) => {
      const [client, other] = await s.joinAll(2)
      const { ws } = s.wss.rooms.room.clients[client.id]
      client.change({ room: { before: '1' } })
      await other.next()
      s.wss.closeSocket(ws, 'you have been asked to go')
      client.change({ room: { after: '1' } })
      expect(await client.closed).toEqual({ code: 1002, reason: 'you have been asked to go' })
      expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
      expect({ ...s.wss.rooms.room.state }).toEqual({ before: '1' })
    },
  )

  behaviour('closeSocket takes a reason of 123 bytes', async (s) => {
    const client = await s.join()
    const reason = `${'x'.repeat(121)}ü`
    s.wss.closeSocket(s.wss.rooms.room.clients[client.id].ws, reason)
    expect((await client.closed).reason).toBe(reason)
  })

  behaviour('closeSocket on a closed connection does nothing', async (s) => {
    const client = await s.join()
    const { ws } = s.wss.rooms.room.clients[client.id]
    await client.terminate()
    await s.join()
    s.wss.closeSocket(ws, 'again')
    s.wss.closeSocket(ws, 'and again')
  })

  behaviour('import and require give the same objects', async () => {
    const name = pkg.ours ? '../../../index.js' : 'original-room-server'
    const [imported, required] = [await import(name), createRequire(import.meta.url)(name)]
    for (const key of ['wss', 'WSS', 'MESSAGE_TYPE', 'PROTOCOL']) expect(imported[key]).toBe(required[key])
    expect(imported.wss).toBe(pkg.wss)
  })
}
