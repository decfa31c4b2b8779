/** docs/asyncapi.yaml and docs/protocol.md against what clients and the server really say to each other. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '@cgreenhalgh/websocket-room-server/client'
import { isHelloReq, isMessage } from '@cgreenhalgh/websocket-room-server/protocol'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { TestClient } from '../support/client.mjs'
import { asyncapi, deadReferences, kindsOf, messagesOf, mistakesOf } from './asyncapi.mjs'
import { everyBlockIsRun, Page } from './page.mjs'
import { Tap } from './tap.mjs'

const page = new Page('docs/protocol.md')

const hooks = {
  onHelloReq(_wss, req) {
    if (req.roomCredential === 'wrong') throw new Error('a wrong code')
    return { clientState: req.clientState, readonly: !!req.readonly }
  },
  async onActionReq(_wss, req, room, _clientId, client) {
    if (req.action === 'ask me') return client.request('are you there?', 'please', { timeoutMs: 10_000 })
    room.set('action', req.action)
    return { type: 5, id: req.id, success: true, data: 'done' }
  },
}

let rooms
let tap

beforeAll(async () => {
  rooms = await startRooms({
    hooks,
    options: { heartbeatIntervalMs: 2000, resumeBytes: 4096 },
    timeoutMs: 10_000,
  })
  tap = await new Tap(rooms.port).open()
  await firstVersion()
  await nulls()
  await extensions()
  await resume()
}, 60_000)
afterAll(async () => {
  await tap.close()
  await rooms.stop()
})

const join = async (fields) => {
  const client = await new TestClient(tap.url).opened
  await client.hello({ clientName: 'Ann', clientState: { colour: 'red' }, ...fields })
  return client
}

/** What clients do that ask for no extensions. */
async function firstVersion() {
  const ann = await join({ clientType: 'player', roomCredential: 'right' })
  const bob = await join({ clientName: undefined, clientCredential: 'bob' })
  const watcher = await join({ readonly: true })
  ann.change({ room: { turn: 'white', old: undefined }, client: { colour: 'blue' }, echo: true })
  ann.change({ room: [], echo: true })
  await watcher.take(2)
  expect((await bob.action('go', { id: '1', data: 'there' }).next({ type: 5 })).data).toBe('done')
  ann.action('ask me', { id: '2' })
  const question = await ann.next({ type: 4 })
  ann.send({ type: 5, id: question.id, success: false, msg: 'no' })
  await ann.next({ type: 5 })
  ann.send({ type: 6, msg: 'good bye', flush: true })
  await ann.closed
  await bob.next({ removeClients: [ann.id] })
  await bob.terminate()
  await watcher.close()
}

/** `null` wherever a member may be left out, and what others get to see of it. */
async function nulls() {
  const names = { clientType: null, clientName: null, roomCredential: null, clientCredential: null }
  const ann = await join({ ...names, readonly: null })
  ann.send({ type: 2, roomChanges: [{ key: 'n', value: null }], clientChanges: null, echo: null })
  ann.send({ type: 2, roomChanges: null, clientChanges: [{ key: 'n', value: null }], echo: true })
  await ann.next({ type: 3 })
  ann.send({ type: 4, action: 'go', id: null, data: null })
  await ann.next({ type: 5 })
  await join()
  await ann.next({ type: 3 })
  ann.send({ type: 6, msg: null, flush: null })
  await ann.closed
}

async function extensions() {
  const refused = await new TestClient(tap.url).opened
  await refused.hello({ roomCredential: 'wrong', ext: {} })
  const ejected = await join({ ext: {} })
  rooms.wss.ejectClient('room', ejected.id, 'too loud')
  await ejected.closed
}

/** A client that comes back: to what it has missed, then to more than is held for it. */
async function resume() {
  const hello = { roomProtocol: 'test:1', roomId: 'resume' }
  const client = connect(tap.url, hello, { WebSocket, reconnect: { minMs: 20, maxMs: 100 } })
  await client.opened()
  const witness = await rooms.join(hello)
  client.change({ room: { a: '1' } })
  await acknowledged('server')
  await acknowledged('client')
  for (const [outcome, count] of [
    ['replayed', 1],
    ['snapshot', 100],
  ]) {
    const back = new Promise((resolve) => client.on('joined', resolve))
    tap.isDown = true
    tap.cut()
    for (let i = 0; i < count; i++)
      witness.change({ room: { big: 'x'.repeat(100), [`${outcome}${i}`]: '1' } })
    await rooms.waitFor('resume', (room) => room?.state[`${outcome}${count - 1}`] === '1')
    tap.isDown = false
    expect((await back).outcome).toBe(outcome)
  }
  await client.leave()
}

/** An ACK of this side has passed. */
async function acknowledged(side) {
  while (!tap.heard.some(({ by, text }) => by === side && JSON.parse(text).type === 8))
    await new Promise((resolve) => setTimeout(resolve, 5))
}

test('the file is AsyncAPI, and what it refers to is there', () => {
  expect(mistakesOf(asyncapi)).toEqual([])
  expect(deadReferences(asyncapi)).toEqual([])
  expect(mistakesOf({ ...asyncapi, channels: [] })).not.toEqual([])
})

test('every message that passed is exactly one of those described, in its direction', () => {
  expect(tap.heard.length).toBeGreaterThan(25)
  const allowed = { client: messagesOf('receive'), server: messagesOf('send') }
  for (const { by, text } of tap.heard) {
    const kinds = kindsOf(JSON.parse(text))
    expect(kinds, `${by}: ${text}`).toHaveLength(1)
    expect(allowed[by], `${by}: ${text}`).toContain(kinds[0])
  }
})

test('every message that is described has passed, in each of its directions', () => {
  const seen = (by) => tap.heard.filter((it) => it.by === by).map(({ text }) => kindsOf(JSON.parse(text))[0])
  expect([...new Set(seen('client'))].sort()).toEqual([...messagesOf('receive')].sort())
  expect([...new Set(seen('server'))].sort()).toEqual([...messagesOf('send')].sort())
})

test('every member that is described has passed', () => {
  const members = new Set()
  for (const message of tap.heard.map(({ text }) => JSON.parse(text)))
    for (const member of Object.keys(message)) members.add(`${kindsOf(message)[0]}.${member}`)
  const described = Object.entries(asyncapi.components.messages).flatMap(([name, { payload }]) =>
    Object.entries(payload.properties)
      .filter(([, schema]) => schema !== false)
      .map(([member]) => `${name}.${member}`),
  )
  expect(described.filter((member) => !members.has(member))).toEqual([])
})

test('sessions were made, replayed and begun anew from a snapshot', () => {
  const outcomes = tap.heard.map(({ text }) => JSON.parse(text).ext?.resume?.outcome).filter(Boolean)
  expect(outcomes).toEqual(['new', 'replayed', 'snapshot'])
})

test('the checks of /protocol say the same', () => {
  for (const { text } of tap.heard) {
    const message = JSON.parse(text)
    expect(message.type === undefined ? isHelloReq(message) : isMessage(message), text).toBe(true)
  }
})

test('what is no message is none', () => {
  const wrong = [
    {},
    { type: 9 },
    { type: 2, roomChanges: [{ value: '1' }] },
    { type: 3, extra: 1 },
    { type: 5 },
    7,
  ]
  for (const message of wrong) expect(kindsOf(message), JSON.stringify(message)).toEqual([])
})

test('the examples of protocol.md are messages, and there is one for each', () => {
  const kinds = page.in('json').map(({ code }) => kindsOf(JSON.parse(code)))
  for (const kind of kinds) expect(kind).toHaveLength(1)
  expect([...new Set(kinds.flat())].sort()).toEqual(Object.keys(asyncapi.components.messages).sort())
})

everyBlockIsRun(page)
