/** What counts as a message, and that it is what the server takes. */

import { describe, expect, test } from 'vitest'
import { isHelloReq, isKVSets, isKVStore, isMessage } from '@cgreenhalgh/websocket-room-server/protocol'
import { staged } from '../support/lifecycle.mjs'
import { actionReq, changeReq, helloReq } from '../support/messages.mjs'

const sets = [
  { key: 'a', value: '1' },
  { key: 'b' },
  { key: 'c', value: null },
  { key: '__proto__', value: '' },
]
const clients = { 'connection:1': { clientState: { a: '1' }, clientName: 'Ada' } }
const welcome = {
  type: 1,
  protocol: 'p',
  roomProtocol: 'r',
  clientId: 'connection:1',
  clients,
  roomState: {},
}

const good = [
  { type: 0, protocol: 'p', roomProtocol: 'r', msg: 'no' },
  { ...welcome, readonly: false },
  { ...welcome, readonly: true, ext: {} },
  { type: 2 },
  { type: 2, roomChanges: sets, clientChanges: null, echo: true, more: 1 },
  {
    type: 3,
    roomChanges: sets,
    updateClients: { 'connection:1': sets },
    removeClients: ['x'],
    addClients: clients,
  },
  { type: 3, updateClients: {} },
  { type: 4, action: '', id: 'a', data: null },
  { type: 5, success: false, msg: null },
  { type: 6, flush: true },
  { type: 7 },
  { type: 8, received: 0 },
]

const bad = [
  undefined,
  null,
  'text',
  [],
  {},
  { type: '2' },
  { type: 9 },
  { type: 'constructor' },
  { type: 0, protocol: 'p' },
  { ...welcome },
  { ...welcome, readonly: true, roomState: { a: 1 } },
  { ...welcome, readonly: true, clients: { x: { clientState: null } } },
  { ...welcome, readonly: true, ext: [] },
  { type: 2, roomChanges: {} },
  { type: 2, roomChanges: [{ value: '1' }] },
  { type: 2, clientChanges: [null] },
  { type: 2, echo: 1 },
  { type: 3, removeClients: [1] },
  { type: 3, updateClients: { x: {} } },
  { type: 3, addClients: [] },
  { type: 4 },
  { type: 4, action: 'a', data: 1 },
  { type: 5 },
  { type: 5, success: 'yes' },
  { type: 6, flush: 1 },
  { type: 8 },
  { type: 8, received: -1 },
  { type: 8, received: 1.5 },
]

test.each(good)('%j is a message, of its own type and of no other', (message) => {
  expect(isMessage(message)).toBe(true)
  for (let type = 0; type <= 8; type++) expect(isMessage(message, type)).toBe(type === message.type)
})

test.each(bad)('%j is no message', (message) => {
  expect(isMessage(message)).toBe(false)
  expect(isMessage(message, message?.type)).toBe(false)
})

test.each([
  [{}, true],
  [{ clientName: null, clientType: 't', readonly: null, ext: { resume: {} } }, true],
  [{ protocol: 'websocket-room-server:2' }, false],
  [{ roomId: undefined }, false],
  [{ roomProtocol: 1 }, false],
  [{ clientState: null }, false],
  [{ clientState: { a: 1 } }, false],
  [{ clientName: 1 }, false],
  [{ readonly: 'yes' }, false],
  [{ ext: 'resume' }, false],
])('a hello with %j: %s', (fields, expected) => {
  expect(isHelloReq(helloReq(fields))).toBe(expected)
})

test('stores and changes', () => {
  expect([{}, { a: '' }].every(isKVStore)).toBe(true)
  expect([null, [], 'a', { a: null }, { a: {} }].some(isKVStore)).toBe(false)
  expect([[], sets].every(isKVSets)).toBe(true)
  expect([null, {}, [[]], [{ key: 1 }]].some(isKVSets)).toBe(false)
})

describe('the server and the checks agree', () => {
  staged('what is a request for the checks is one for the server', async (s) => {
    s.wss.onActionReq = (_wss, { id }) => ({ type: 5, id, success: true })
    const requests = [
      changeReq({ room: sets, client: sets, echo: true }),
      { type: 2, roomChanges: null, echo: null },
      actionReq('', { data: null, id: 'last' }),
    ]
    const client = await s.join({ clientName: null, ext: {} })
    expect(isMessage(client.welcome, 1)).toBe(true)
    for (const request of requests) {
      expect(isMessage(request)).toBe(true)
      client.send(request)
    }
    const [notification, answer] = [await client.next(), await client.next()]
    expect([isMessage(notification, 3), isMessage(answer, 5)]).toEqual([true, true])
  })
})
