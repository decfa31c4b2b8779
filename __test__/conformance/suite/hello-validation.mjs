/** What the first message must look like. */

import { expect } from 'vitest'
import { helloReq } from '../../support/messages.mjs'

const INVALID = 'error: Invalid HelloReq'

const REFUSED = [
  ['a number', '7', INVALID],
  ['a string', '"hello"', INVALID],
  ['a boolean', 'true', INVALID],
  ['an array', '[]', INVALID],
  ['an empty object', '{}', INVALID],
  ['no protocol', { protocol: undefined }, INVALID],
  ['a protocol of another type', { protocol: 1 }, INVALID],
  ['no roomProtocol', { roomProtocol: undefined }, INVALID],
  ['a roomProtocol of null', { roomProtocol: null }, INVALID],
  ['no roomId', { roomId: undefined }, INVALID],
  ['a roomId of another type', { roomId: 12 }, INVALID],
  ['a roomCredential of another type', { roomCredential: 1 }, INVALID],
  ['a clientCredential of another type', { clientCredential: {} }, INVALID],
  ['a clientType of another type', { clientType: true }, INVALID],
  ['a clientName of another type', { clientName: ['x'] }, INVALID],
  ['readonly as a number', { readonly: 0 }, INVALID],
  ['readonly as a string', { readonly: '' }, INVALID],
  ['no clientState', { clientState: undefined }, 'error: Invalid KVStore (type)'],
  ['a clientState that is a string', { clientState: 'x' }, 'error: Invalid KVStore (type)'],
  ['a clientState that is false', { clientState: false }, 'error: Invalid KVStore (type)'],
  ['a number in clientState', { clientState: { a: '1', b: 2 } }, 'error: Invalid KVStore (value)'],
  ['null in clientState', { clientState: { a: null } }, 'error: Invalid KVStore (value)'],
  ['an object in clientState', { clientState: { a: {} } }, 'error: Invalid KVStore (value)'],
  ['a wrong field and a wrong clientState', { roomId: 1, clientState: 1 }, INVALID],
  [
    'a wrong clientState and a wrong protocol',
    { protocol: 'x', clientState: 1 },
    'error: Invalid KVStore (type)',
  ],
  ['another protocol', { protocol: 'x:2' }, 'wrong protocol (x:2 vs websocket-room-server:1'],
  ['an empty protocol', { protocol: '' }, 'wrong protocol ( vs websocket-room-server:1'],
]

const ACCEPTED = [
  [
    'empty strings everywhere',
    { roomProtocol: '', roomCredential: '', clientCredential: '', clientType: '', clientName: '' },
  ],
  [
    'null for what is optional',
    { roomCredential: null, clientCredential: null, clientType: null, clientName: null, readonly: null },
  ],
  ['falsy values for what is optional', { roomCredential: 0, clientCredential: false }],
]

const NOT_JSON = [
  '',
  'hello',
  '{',
  "{'a':1}",
  '{"a":1,}',
  '{"a":1}{}',
  '\ufeff{}',
  'undefined',
  '{"a":\u0007}',
]

export function helloValidation({ behaviour }) {
  for (const [what, message, reason] of REFUSED) {
    behaviour(`${what} is refused: ${reason}`, async (s) => {
      const client = await s.connect()
      client.sendText(typeof message === 'string' ? message : JSON.stringify(helloReq(message)))
      expect(await client.closed).toEqual({ code: 1002, reason })
      expect(Object.keys(s.wss.rooms)).toEqual([])
    })
  }

  for (const [what, fields] of ACCEPTED) {
    behaviour(`${what} will do`, async (s) => {
      expect((await s.join(fields)).welcome).toMatchObject({ type: 1, readonly: false })
    })
  }

  behaviour('null is refused', async (s) => {
    const client = await s.connect()
    client.sendText('null')
    const reason = s.differs(
      'null-message',
      "error: Cannot read properties of null (reading 'protocol')",
      INVALID,
    )
    expect(await client.closed).toEqual({ code: 1002, reason })
  })

  for (const text of NOT_JSON) {
    behaviour(`${JSON.stringify(text)} is refused: it is not JSON`, async (s) => {
      const client = await s.connect()
      client.sendText(text)
      const { code, reason } = await client.closed
      expect(code).toBe(1002)
      expect(reason).toMatch(s.differs('json-error', /^error: .*JSON/, /^error: invalid JSON: ./))
    })
  }

  behaviour('a clientState of null', async (s) => {
    const client = await s.join({ clientState: null })
    const self = client.welcome.clients['connection:1']
    expect(self.clientState).toEqual(s.differs('client-state-not-an-object', null, {}))
  })

  behaviour('a clientState that is an array of strings', async (s) => {
    const client = await s.join({ clientState: ['a', 'b'] })
    const self = client.welcome.clients['connection:1']
    expect(self.clientState).toEqual(s.differs('client-state-not-an-object', ['a', 'b'], { 0: 'a', 1: 'b' }))
  })
}
