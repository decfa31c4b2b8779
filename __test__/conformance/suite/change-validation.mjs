/** What a request of an active client must look like, and what becomes of one that does not. */

import { expect } from 'vitest'
import { changeReq } from '../../support/messages.mjs'
import { frame } from '../../support/raw-client.mjs'

const OBJECT = 'error: Invalid KVSets (object)'
const ENTRY = 'error: Invalid KVSets (entry)'

const REFUSED = [
  ['a string', '"x"', 'error: message without numerical type (undefined'],
  ['an array', '[2]', 'error: message without numerical type (undefined'],
  ['an object without type', '{}', 'error: message without numerical type (undefined'],
  ['a type that is a string', '{"type":"2"}', 'error: message without numerical type (string'],
  ['a type of null', '{"type":null}', 'error: message without numerical type (object'],
  ['a type that is a boolean', '{"type":true}', 'error: message without numerical type (boolean'],
  ['type 0', '{"type":0}', 'error: Unhandled message type 0'],
  ['type 1', '{"type":1}', 'error: Unhandled message type 1'],
  ['type 3', '{"type":3,"roomChanges":[]}', 'error: Unhandled message type 3'],
  ['type 5 that nobody asked for', '{"type":5,"id":"1","success":true}', 'error: Unhandled message type 5'],
  ['type 7', '{"type":7}', 'error: Unhandled message type 7'],
  ['type 2.5', '{"type":2.5}', 'error: Unhandled message type 2.5'],
  ['type -1', '{"type":-1}', 'error: Unhandled message type -1'],
  ['echo as a number', { echo: 1 }, 'error: Invalid ChangeReq'],
  ['echo as a string', { echo: '' }, 'error: Invalid ChangeReq'],
  ['roomChanges that are an object', { roomChanges: { a: '1' } }, OBJECT],
  ['roomChanges that are a string', { roomChanges: 'a' }, OBJECT],
  ['clientChanges that are true', { clientChanges: true }, OBJECT],
  ['an entry without key', { roomChanges: [{ value: '1' }] }, ENTRY],
  ['an entry whose key is a number', { roomChanges: [{ key: 1, value: '1' }] }, ENTRY],
  ['an entry whose value is a number', { roomChanges: [{ key: 'a', value: 1 }] }, ENTRY],
  ['an entry whose value is an object', { clientChanges: [{ key: 'a', value: {} }] }, ENTRY],
  ['an entry that is a string', { clientChanges: ['a'] }, ENTRY],
  [
    'a bad entry behind good ones',
    { roomChanges: [{ key: 'a', value: '1' }, {}], clientChanges: [{ key: 'b', value: '1' }] },
    ENTRY,
  ],
  [
    'bad client changes behind good room changes',
    { roomChanges: [{ key: 'a', value: '1' }], clientChanges: {} },
    OBJECT,
  ],
]

export function changeValidation({ behaviour, dropped, repaired }) {
  dropped('close-request', 'a request to close (type 6) is refused', async (s) => {
    const client = await s.join()
    client.sendText('{"type":6}')
    expect(await client.closed).toEqual({ code: 1002, reason: 'error: Unhandled message type 6' })
  })

  repaired(
    'close-request',
    'a request to close (type 6) is answered, then the socket closed with 1000',
    async (s) => {
      const [client, witness] = [await s.join(), await s.join()]
      client.sendText('{"type":6,"msg":"bye"}')
      await client.until((message) => message.type === 7)
      expect(await client.closed).toEqual({ code: 1000, reason: '' })
      await witness.until(({ removeClients }) => removeClients?.includes(client.id))
    },
  )

  for (const [what, message, reason] of REFUSED) {
    behaviour(`${what} closes the connection before anything is applied: ${reason}`, async (s) => {
      const client = await s.join()
      client.sendText(typeof message === 'string' ? message : JSON.stringify(changeReq(message)))
      expect(await client.closed).toEqual({ code: 1002, reason })
      expect({ ...s.wss.rooms.room.state }).toEqual({})
    })
  }

  behaviour('null is refused', async (s) => {
    const client = await s.join()
    client.sendText('null')
    const ours = 'error: message without numerical type (undefined'
    const reason = s.differs('null-message', "error: Cannot read properties of null (reading 'type')", ours)
    expect(await client.closed).toEqual({ code: 1002, reason })
  })

  behaviour('an entry of null is refused', async (s) => {
    const client = await s.join()
    client.change({ room: [null] })
    const reason = s.differs('null-message', "error: Cannot read properties of null (reading 'key')", ENTRY)
    expect(await client.closed).toEqual({ code: 1002, reason })
  })

  behaviour('what is not JSON closes the connection', async (s) => {
    const client = await s.join()
    client.sendText('{"type":2,')
    const { code, reason } = await client.closed
    expect(code).toBe(1002)
    expect(reason).toMatch(s.differs('json-error', /^error: .*JSON/, /^error: invalid JSON: ./))
  })

  behaviour('after an error everything else from the client is ignored', async (s) => {
    const other = await s.join()
    const client = await s.joinRaw()
    await other.next()
    client.write(
      frame(JSON.stringify(changeReq({ room: { before: '1' } }))),
      frame('{"type":99}'),
      frame(JSON.stringify(changeReq({ room: { after: '1' } }))),
    )
    expect(await client.nextClose()).toEqual({ code: 1002, reason: 'error: Unhandled message type 99' })
    expect((await other.next()).roomChanges).toEqual([{ key: 'before', value: '1' }])
    await other.quiet()
    expect({ ...s.wss.rooms.room.state }).toEqual({ before: '1' })
  })

  behaviour('a client that is being closed stays in the room until its connection has ended', async (s) => {
    const other = await s.join()
    const client = await s.joinRaw()
    await other.next()
    client.write(frame('{"type":99}'))
    await client.nextClose()
    expect(Object.keys(s.wss.rooms.room.clients)).toEqual([other.id, client.welcome.clientId])
    other.change({ room: { a: '1' }, echo: true })
    await other.next()
    client.reset()
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.welcome.clientId] })
  })
}
