/** The client's half of resume, beside a server that is played: what it counts, sends again, and tells to be lost. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { ScriptedServer } from './script.mjs'
import { next, until } from './support.mjs'

let server

beforeEach(async () => {
  server = await ScriptedServer.open()
})
afterEach(async () => {
  vi.unstubAllGlobals()
  await server.close()
})

const notif = (key, value = '') => ({ type: 3, roomChanges: [{ key, value }] })
const change = (key) => ({ room: { [key]: key } })
const keyOf = ({ roomChanges, type, action }) => roomChanges?.[0].key ?? action ?? `type ${type}`
const outcome = (promise) =>
  promise.then(
    ({ success }) => success,
    ({ code }) => code,
  )

/** Cuts the connection; the next one, with its hello answered. */
async function again(peer, resume, room) {
  peer.cut()
  const other = await server.peer()
  const hello = await other.welcome(resume, room)
  return { peer: other, asked: hello.ext.resume }
}

test('a new client asks for a session; one that does not want any asks for the other extensions', async () => {
  server.connect()
  expect(await (await server.peer()).next()).toMatchObject({ ext: { resume: {} } })
  server.connect({ resume: false })
  expect((await (await server.peer()).next()).ext).toEqual({})
})

test('each acknowledgement is answered with the count of what has come', async () => {
  const { client, peer } = await server.session()
  peer.send(notif('a'), { type: 99 }, { type: 8, received: 0 }, notif('b'), { type: 8, received: 0 })
  expect([await peer.next(), await peer.next()]).toEqual([
    { type: 8, received: 2 },
    { type: 8, received: 3 },
  ])
  expect(client.state).toEqual({ a: '', b: '' })
})

test('after a cut it goes on: what was missed comes, what the server lacks is sent again, in order', async () => {
  const { client, peer } = await server.session()
  const outcomes = []
  client.on('joined', (joined) => outcomes.push(joined.outcome))
  for (const key of 'abc') client.change(change(key))
  const action = client.action('add')
  peer.send(notif('a', 'a'), { type: 8, received: 1 })
  const sent = [await peer.next(), await peer.next(), await peer.next(), await peer.next()]
  expect(sent.map(keyOf)).toEqual(['a', 'b', 'c', 'add'])
  await peer.next()

  peer.cut()
  await until(client, ({ status }) => status === 'reconnecting')
  client.change(change('d'))
  const other = await server.peer()
  const { ext } = await other.welcome({ token: 'second', outcome: 'replayed', received: 2 })
  expect(ext.resume).toEqual({ token: 'first', received: 1 })
  const resent = [await other.next(), await other.next(), await other.next()]
  expect(resent.map(keyOf)).toEqual(['c', 'add', 'd'])
  expect(resent[1].id).toBe(sent[3].id)
  other.send(notif('b', 'b'), { type: 5, id: sent[3].id, success: true })
  expect(await action).toMatchObject({ success: true })
  expect([client.id, client.state, outcomes]).toEqual(['connection:1', { a: 'a', b: 'b' }, ['replayed']])

  const last = await again(other, { token: 'third', outcome: 'replayed', received: 5 })
  expect(last.asked).toEqual({ token: 'second', received: 3 })
  expect(await last.peer.rest()).toEqual([])
})

test('an answer to the hello that is cut off leaves the token as it was', async () => {
  const { peer } = await server.session()
  peer.cut()
  const lost = await server.peer()
  expect((await lost.next()).ext.resume.token).toBe('first')
  lost.cut()
  const { ext } = await (await server.peer()).next()
  expect(ext.resume).toEqual({ token: 'first', received: 0 })
})

test('after a snapshot the room is the one told; actions whose answers may be gone are lost, the others sent again', async () => {
  const { client, peer } = await server.session({}, { roomState: { old: '1' } })
  const taken = outcome(client.action('taken'))
  const resent = client.action('resent')
  await peer.next()
  await peer.next()
  const room = { roomState: { now: '2' }, clients: { 'connection:1': { clientState: {} } } }
  const { peer: other } = await again(peer, { token: 'second', outcome: 'snapshot', received: 1 }, room)
  expect(await taken).toBe('LOST')
  expect(client.state).toEqual({ now: '2' })
  // The hook that was at it knows nothing of that.
  const messages = []
  client.on('message', (message) => messages.push(message))
  other.send({ type: 5, id: 'action:1', success: true }, { type: 5, id: 'unasked' }, notif('later'))
  await until(client, ({ state }) => 'later' in state)
  expect(messages).toEqual([{ type: 5, id: 'unasked' }])
  const { action, id } = await other.next()
  expect(action).toBe('resent')
  other.send(notif('x'), { type: 5, id, success: true })
  expect(await resent).toMatchObject({ id })
  const { asked } = await again(other, { token: 'third', outcome: 'replayed', received: 2 })
  expect(asked).toEqual({ token: 'second', received: 5 })
})

test('when the session is gone it is told what may be lost, and nothing is sent again', async () => {
  const { client, peer } = await server.session()
  client.change(change('a'))
  client.change(change('b'))
  const action = outcome(client.action('add'))
  peer.send({ type: 8, received: 1 })
  for (let i = 0; i < 4; i++) await peer.next()
  const lost = next(client, 'lost')
  const { peer: other } = await again(peer, { token: 'second', outcome: 'new' }, { id: 'connection:2' })
  const { messages, unheld } = await lost
  expect([messages.map(keyOf), unheld, await action]).toEqual([['b', 'add'], 0, 'LOST'])
  expect(client.id).toBe('connection:2')
  client.change(change('c'))
  expect((await other.rest()).map(keyOf)).toEqual(['c'])
})

test('so is what a refusal, or an ejection, leaves open', async () => {
  const { client, peer } = await server.session()
  client.change(change('a'))
  await peer.next()
  const lost = next(client, 'lost')
  peer.send({ type: 6, msg: 'because '.repeat(40) }).close(4500, 'because')
  expect((await lost).messages.map(keyOf)).toEqual(['a'])
  expect(client.reason).toEqual({ code: 4500, reason: 'because '.repeat(40) })
})

test('a server that knows nothing of resume any more: nothing is held', async () => {
  const { client, peer } = await server.session()
  client.change(change('a'))
  const lost = next(client, 'lost')
  const { peer: other } = await again(peer, undefined, { id: 'connection:9' })
  expect((await lost).messages.map(keyOf)).toEqual(['a'])
  expect(client.resumable).toBe(false)
  other.cut()
  await until(client, ({ status }) => status === 'reconnecting')
  expect(() => client.change(change('b'))).toThrow(expect.objectContaining({ code: 'NOT_OPEN' }))
  expect((await (await server.peer()).next()).ext.resume).toEqual({})
})

test('without connection no more is held than may be, and the rest refused', async () => {
  const { client, peer } = await server.session({
    maxHeldChars: 300,
    reconnect: { minMs: Infinity, maxMs: Infinity },
  })
  peer.cut()
  await until(client, ({ status }) => status === 'reconnecting')
  const full = expect.objectContaining({ code: 'BUFFER_FULL' })
  let taken = 0
  expect(() => {
    for (; taken < 100; taken++) client.change(change(`k${taken}`))
  }).toThrow(full)
  await expect(client.action('a', 'x'.repeat(300))).rejects.toEqual(full)
  client.retry()
  const other = await server.peer()
  await other.welcome({ token: 'second', outcome: 'replayed' })
  await client.opened()
  expect((await other.rest()).map(keyOf)).toEqual(Array.from({ length: taken }, (_, i) => `k${i}`))
})

test('what was sent and could not be held is told when it is lost, and only then', async () => {
  const { client, peer } = await server.session({ maxHeldChars: 200 })
  for (let i = 0; i < 10; i++) client.change(change(`k${i}`))
  const sent = []
  for (let i = 0; i < 10; i++) sent.push(await peer.next())
  const lost = []
  client.on('lost', (told) => lost.push(told))
  const action = outcome(client.action('early'))
  for (let i = 0; i < 3; i++) client.change(change('filling up the rest'))
  const first = await again(peer, { token: 'second', outcome: 'replayed', received: 14 })
  expect([await first.peer.rest(), lost]).toEqual([[], []])

  for (let i = 0; i < 10; i++) client.change(change(`k${i}`))
  const second = await again(first.peer, { token: 'third', outcome: 'replayed', received: 14 })
  const held = (await second.peer.rest()).map(keyOf)
  expect(lost).toEqual([{ messages: [], unheld: 10 - held.length }])
  expect(held).toEqual(['k7', 'k8', 'k9'].slice(3 - held.length))
  const third = await again(second.peer, { token: 'fourth', outcome: 'new' })
  expect(await action).toBe('LOST')
  expect(await third.peer.rest()).toEqual([])
})

test('a request of the server is answered, also over a cut; but not to another session', async () => {
  const answers = [gate(), gate()]
  const { client, peer } = await server.session()
  client.onAction = async (action) => answers[Number(action)].promise
  peer.send({ type: 4, action: '0', id: 'request:1' }, { type: 4, action: '1', id: 'request:2' })
  peer.send({ type: 8, received: 0 })
  await peer.next()
  peer.cut()
  await until(client, ({ status }) => status === 'reconnecting')
  answers[0].open('yes')
  const other = await server.peer()
  await other.welcome({ token: 'second', outcome: 'replayed' })
  expect(await other.next()).toEqual({ type: 5, id: 'request:1', success: true, data: 'yes' })

  const { peer: third } = await again(other, { token: 'third', outcome: 'new' })
  await until(client, ({ status }) => status === 'open')
  answers[1].open('late')
  expect(await third.rest()).toEqual([])
})

test('what a handler throws, and what nobody handles, is told', async () => {
  const { client, peer } = await server.session()
  peer.send({ type: 4, action: 'a', id: 'request:1' })
  expect(await peer.next()).toEqual({ type: 5, id: 'request:1', success: false, msg: 'unhandled action' })
  client.onAction = () => {
    throw new Error('no')
  }
  peer.send({ type: 4, action: 'a', id: 'request:2' })
  expect(await peer.next()).toEqual({ type: 5, id: 'request:2', success: false, msg: 'no' })
})

test('a connection that has fallen silent while something is awaited is closed with 4199 and resumed', async () => {
  const { client, peer } = await server.session({ livenessMs: 30 })
  client.change(change('a'))
  await peer.next()
  expect(await peer.closed).toBe(4199)
  const other = await server.peer()
  const { ext } = await other.welcome({ token: 'second', outcome: 'replayed' })
  expect(ext.resume.token).toBe('first')
  expect(keyOf(await other.next())).toBe('a')
  other.send({ type: 8, received: 1 })
  await other.next()
  expect(client.status).toBe('open')
})

test('a page that was offline dials anew as soon as it is online, waiting or not', async () => {
  const page = new EventTarget()
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  const { client, peer } = await server.session({ reconnect: { minMs: Infinity, maxMs: Infinity } })
  page.dispatchEvent(new Event('online'))
  expect(client.status).toBe('open')
  page.dispatchEvent(new Event('offline'))
  page.dispatchEvent(new Event('online'))
  expect(await peer.closed).toBe(4199)
  expect(client.status).toBe('reconnecting')
  page.dispatchEvent(new Event('online'))
  const other = await server.peer()
  await other.welcome({ token: 'second', outcome: 'replayed' })
  await client.opened()
  await client.leave({ timeoutMs: 0 })
})

test('leaving is final, also where the connection is cut meanwhile; all is told that was open', async () => {
  const { client, peer } = await server.session()
  client.change(change('a'))
  const lost = next(client, 'lost')
  const left = client.leave({ timeoutMs: Infinity, msg: 'bye' })
  await peer.next()
  expect(await peer.next()).toEqual({ type: 6, msg: 'bye', flush: true })
  peer.cut()
  await left
  expect((await lost).messages.map(keyOf)).toEqual(['a', 'type 6'])
  expect([client.status, client.reason.code]).toEqual(['closed', 1006])
})

test('who has left in order has lost nothing', async () => {
  const { client, peer } = await server.session()
  const lost = vi.fn()
  client.on('lost', lost)
  client.change(change('a'))
  const left = client.leave()
  await peer.next()
  await peer.next()
  peer.send({ type: 7 }).close(1000)
  await left
  expect(lost).not.toHaveBeenCalled()
  expect(client.reason.code).toBe(1000)
})

test('an attempt that hangs is given up and made again', async () => {
  const sockets = []
  class Hanging {
    readyState = 0
    constructor() {
      sockets.push(this)
    }
    close(...args) {
      this.closed = args
    }
  }
  const client = server.connect({ WebSocket: Hanging, connectTimeoutMs: 1 })
  await expect.poll(() => sockets.length).toBeGreaterThan(2)
  expect(sockets[0].closed).toEqual([])
  expect(client).toMatchObject({ status: 'connecting', reason: { code: 1006 } })
})

test('so is one whose hello is not answered; it is closed with a code that leaves the session in peace', async () => {
  const { client, peer } = await server.session({ helloTimeoutMs: 20 })
  peer.cut()
  const silent = await server.peer()
  await silent.next()
  expect(await silent.closed).toBe(4199)
  await (await server.peer()).welcome({ token: 'second', outcome: 'replayed' })
  await client.opened()
})
