/** The demo's server without a browser: what it serves, whom it lets in, what it lets them change. */
import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'
import { startDemo } from './support.mjs'

const PLACE = '0.5 0.5 1'
let demo

beforeAll(async () => {
  demo = await startDemo()
})

afterAll(() => demo?.stop())

/** A client of `demo` that has said hello. `next()` gives its messages in order, `closed` its close event. */
async function join(hello = {}, port = demo.port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/wss`)
  const messages = []
  const waiting = []
  socket.on('message', (data) => {
    messages.push(JSON.parse(data))
    waiting.shift()?.()
  })
  const closed = new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  await once(socket, 'open')
  const send = (message) => socket.send(JSON.stringify(message))
  const next = async () => {
    if (messages.length === 0) await new Promise((resolve) => waiting.push(resolve))
    return messages.shift()
  }
  send({
    protocol: 'websocket-room-server:1',
    roomProtocol: 'cards:1',
    roomId: 'lobby',
    clientState: {},
    ...hello,
  })
  return { socket, send, next, closed }
}

const change = (roomChanges, clientChanges) => ({ type: 2, echo: true, roomChanges, clientChanges })
const rawGet = (path, method = 'GET') =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: demo.port, path, method }
    request(options, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
      .on('error', reject)
      .end()
  })

test.each([
  ['/', 'text/html; charset=utf-8'],
  ['/?room=lobby&watch', 'text/html; charset=utf-8'],
  ['/style.css', 'text/css; charset=utf-8'],
  ['/main.mjs', 'text/javascript; charset=utf-8'],
  ['/icon.svg', 'image/svg+xml'],
  ['/client/index.mjs', 'text/javascript; charset=utf-8'],
  ['/protocol/messages.mjs', 'text/javascript; charset=utf-8'],
])('%s is served as %s, never cached', async (path, type) => {
  const { status, headers, body } = await rawGet(path)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe(type)
  expect(headers['cache-control']).toBe('no-store')
  expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body))
})

test.each([
  '/../rooms.mjs',
  '/client/../server/wss.js',
  '/client/index.d.mts',
  '/protocol/index.cjs',
  '/..%2frooms.mjs',
  '/%2e%2e/rooms.mjs',
  '//etc/passwd',
  '/.',
  '/nothing.css',
])('%s is not found', async (path) => {
  expect((await rawGet(path)).status).toBe(404)
})

test('HEAD has no body, POST is refused', async () => {
  expect(await rawGet('/', 'HEAD')).toMatchObject({ status: 200, body: '' })
  expect(await rawGet('/', 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
})

test('a newcomer gets a tidy name, a colour of its own and the first cards', async () => {
  const ada = await (await join({ roomId: 'tidy', clientName: '  Ada\n Lovelace ' })).next()
  const guest = await (await join({ roomId: 'tidy' })).next()
  const states = Object.values(guest.clients).map(({ clientState }) => clientState)
  expect(states.map(({ name }) => name)).toEqual(['Ada Lovelace', 'Guest'])
  expect(states[0].color).not.toBe(states[1].color)
  expect(Object.keys(ada.roomState).filter((key) => key.endsWith(':at'))).toHaveLength(6)
})

test.each(['', 'With Space', '__proto__', '-x', 'a'.repeat(33), '../etc'])(
  'the room name %j is refused',
  async (roomId) => {
    const client = await join({ roomId })
    expect(await client.closed).toMatchObject({
      code: 1002,
      reason: expect.stringMatching(/A room name has/),
    })
  },
)

test('the name of an object method is a room like any other', async () => {
  const client = await join({ roomId: 'constructor' })
  expect(await client.next()).toMatchObject({ type: 1, readonly: false })
})

test.each([
  ['a key that is no card', [{ key: 'admin', value: 'yes' }]],
  ['a place off the table', [{ key: 'card:first0:at', value: '7 0 1' }]],
  ['a place without a layer', [{ key: 'card:first0:at', value: '0.5 0.5' }]],
  ['a text too long', [{ key: 'card:first0', value: 'x'.repeat(500) }]],
  ['too many changes', Array(49).fill({ key: 'card:first0:at', value: PLACE })],
  ['a colour of its own', undefined, [{ key: 'color', value: 'red' }]],
  ['an empty name', undefined, [{ key: 'name', value: ' ' }]],
])('%s ends the connection', async (_what, roomChanges, clientChanges) => {
  const client = await join({ roomId: 'strict' })
  await client.next()
  client.send(change(roomChanges, clientChanges))
  expect((await client.closed).code).toBe(1002)
})

test('a card comes with its place and takes it along when it goes', async () => {
  const client = await join({ roomId: 'adding' })
  const { clientId } = await client.next()
  const added = [
    { key: 'card:new', value: 'Hello' },
    { key: 'card:new:at', value: PLACE },
  ]
  client.send(change(added))
  expect(await client.next()).toEqual({
    type: 3,
    roomChanges: added,
    updateClients: { [clientId]: [] },
  })
  client.send(change([{ key: 'card:new' }]))
  expect((await client.next()).roomChanges).toEqual([{ key: 'card:new' }, { key: 'card:new:at' }])
})

test('changes of a card that is gone are left out', async () => {
  const client = await join({ roomId: 'late' })
  await client.next()
  client.send(change([{ key: 'card:gone', value: 'Still here?' }]))
  client.send(change([{ key: 'card:gone:at', value: PLACE }]))
  expect((await client.next()).roomChanges).toEqual([])
  expect((await client.next()).roomChanges).toEqual([])
})

test('the table holds 24 cards', async () => {
  const client = await join({ roomId: 'full' })
  await client.next()
  for (let count = 0; count < 20; count += 1) {
    client.send(
      change([
        { key: `card:n${count}`, value: '' },
        { key: `card:n${count}:at`, value: PLACE },
      ]),
    )
    expect((await client.next()).roomChanges).toHaveLength(count < 18 ? 2 : 0)
  }
})

test('shuffling moves every card for everybody and names who did it', async () => {
  const ada = await join({ roomId: 'shuffle', clientName: 'Ada' })
  await ada.next()
  const watcher = await join({ roomId: 'shuffle', readonly: true })
  await watcher.next()
  ada.send({ type: 4, action: 'shuffle', id: '7' })
  const { roomChanges } = await watcher.next()
  expect(roomChanges).toHaveLength(7)
  expect(roomChanges.at(-1)).toEqual({ key: 'notice', value: 'Ada shuffled the cards' })
  expect((await ada.next()).roomChanges).toEqual(roomChanges)
  expect(await ada.next()).toEqual({ type: 5, id: '7', success: true, data: '6' })

  const { roomState } = await (await join({ roomId: 'shuffle' })).next()
  for (const { key, value } of roomChanges.slice(0, -1)) expect(roomState[key]).toBe(value)
  expect(roomState).not.toHaveProperty('notice')
})

test('an unknown action is answered, a watcher may not shuffle', async () => {
  const client = await join({ roomId: 'actions' })
  await client.next()
  client.send({ type: 4, action: 'fly', id: '1' })
  expect(await client.next()).toMatchObject({ type: 5, id: '1', success: false })
  const watcher = await join({ roomId: 'actions', readonly: true })
  await watcher.next()
  watcher.send({ type: 4, action: 'shuffle', id: '2' })
  expect(await watcher.next()).toMatchObject({ type: 5, id: '2', success: false })
})

test('a watcher who tries to move a card is thrown out and nothing moves', async () => {
  const watcher = await join({ roomId: 'watched', readonly: true })
  const before = (await watcher.next()).roomState
  watcher.send(change([{ key: 'card:first0:at', value: '0 0 99' }]))
  expect(await watcher.closed).toMatchObject({
    code: 1002,
    reason: expect.stringMatching(/readonly/),
  })
  const { roomState } = await (await join({ roomId: 'watched' })).next()
  expect(roomState).toEqual(before)
})

test('an empty room waits for its people to come back', async () => {
  const first = await join({ roomId: 'back' })
  await first.next()
  first.send(change([{ key: 'card:first0', value: 'Remember me' }]))
  await first.next()
  first.socket.close()
  await first.closed
  const { roomState } = await (await join({ roomId: 'back' })).next()
  expect(roomState['card:first0']).toBe('Remember me')
})

test('a room that stays empty is forgotten', async () => {
  const brief = await startDemo({ env: { EMPTY_ROOM_MS: '1' } })
  const visit = async (text) => {
    const client = await join({ roomId: 'brief' }, brief.port)
    const { roomState } = await client.next()
    client.send(change([{ key: 'card:first0', value: text }]))
    await client.next()
    client.socket.close()
    await client.closed
    return roomState['card:first0']
  }
  await expect.poll(() => visit('Gone tomorrow')).toBe('Drag me around')
  await expect.poll(() => visit('Gone again')).toBe('Drag me around')
  expect(await brief.stop()).toBe(0)
})

test('Ctrl-C says goodbye to everyone and ends the process in order', async () => {
  const own = demo
  const client = await join()
  await client.next()
  const code = own.stop('SIGINT')
  expect(await client.closed).toMatchObject({ code: 1001 })
  expect(await code).toBe(0)
  demo = await startDemo()
})

test('a port that is taken is said in plain words', async () => {
  await expect(startDemo({ port: demo.port })).rejects.toThrow(/port \d+ is in use/)
})
