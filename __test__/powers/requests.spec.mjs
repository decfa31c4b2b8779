/** What the server asks of a client, and what it sends to it alone. */

import { expect } from 'vitest'
import { runScript } from '../support/child.mjs'
import { gate } from '../support/inbox.mjs'
import { staged } from '../support/lifecycle.mjs'

const info = (s, client) => s.wss.rooms.room.clients[client.id]

staged('a client is asked and its answer is what the request gives', async (s) => {
  const client = await s.join()
  const answer = info(s, client).request('ready?', 'round 2')
  const text = await client.nextText()
  const { id } = JSON.parse(text)
  expect(text).toBe(JSON.stringify({ type: 4, action: 'ready?', id, data: 'round 2' }))
  client.send({ type: 5, id, success: true, data: 'yes', extra: 1 })
  expect(await answer).toEqual({ type: 5, id, success: true, data: 'yes', msg: undefined })
  await client.quiet()
})

staged('several requests wait side by side, also for an answer that says no', async (s) => {
  const client = await s.join()
  const answers = ['a', 'b', 'c'].map((action) => info(s, client).request(action))
  const asked = await client.take(3)
  expect(new Set(asked.map(({ id }) => id)).size).toBe(3)
  for (const { id, action } of asked.reverse()) {
    client.send({ type: 5, id, success: action !== 'b', msg: action })
  }
  const settled = await Promise.all(answers)
  expect(settled.map(({ success, msg }) => [success, msg])).toEqual([
    [true, 'a'],
    [false, 'b'],
    [true, 'c'],
  ])
})

staged('an action hook can ask its own client before it answers', async (s) => {
  s.wss.onActionReq = async (_wss, { id }, _room, _clientId, clientInfo) => {
    const { data } = await clientInfo.request('name?')
    return { type: 5, id, success: true, data: `hello ${data}` }
  }
  const client = await s.join()
  client.action('greet', { id: 'mine' })
  const { id } = await client.next()
  client.send({ type: 5, id, success: true, data: 'Ada' })
  expect(await client.next()).toEqual({ type: 5, id: 'mine', success: true, data: 'hello Ada' })
})

staged('a time limit, and an answer that comes after it', async (s) => {
  const client = await s.join()
  const answer = info(s, client).request('ready?', undefined, { timeoutMs: 20 })
  await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' })
  const { id } = await client.next()
  client.send({ type: 5, id, success: true })
  await client.quiet()
  await client.onlyMarker()
})

staged('a signal gives up, before and afterwards', async (s) => {
  const client = await s.join()
  const controller = new AbortController()
  const { signal } = controller
  const answer = info(s, client).request('ready?', undefined, { signal })
  const { id } = await client.next()
  controller.abort('not needed')
  await expect(answer).rejects.toMatchObject({ name: 'AbortError', cause: 'not needed' })
  await expect(info(s, client).request('again?', undefined, { signal })).rejects.toMatchObject({
    name: 'AbortError',
  })
  client.send({ type: 5, id, success: true })
  await client.quiet()
  await client.onlyMarker()
})

staged('a connection that ends answers no more', async (s) => {
  const [leaves, ejected, closed] = await s.joinAll(3)
  const ask = (client) => info(s, client).request('ready?', undefined, { timeoutMs: Infinity })
  const kept = info(s, leaves)
  const answers = [leaves, ejected, closed].map(ask)
  s.wss.ejectClient('room', ejected.id)
  info(s, closed).ws.close(4000)
  leaves.terminate()
  for (const answer of answers) await expect(answer).rejects.toMatchObject({ name: 'ClosedError' })
  await expect(kept.request('there?')).rejects.toMatchObject({ name: 'ClosedError' })
  kept.send('nobody hears')
})

staged('a request that nobody looks at ends no process', async (s) => {
  const unhandled = []
  const note = (error) => unhandled.push(error)
  process.on('unhandledRejection', note)
  const client = await s.join()
  void info(s, client).request('ready?')
  s.wss.ejectClient('room', client.id)
  await client.closed
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

staged('what a client was not asked for is an error, as with the original', async (s) => {
  const answers = [
    { type: 5, id: 'request:1', success: true },
    { type: 5, success: true },
    { type: 5, id: 7 },
  ]
  for (const answer of answers) {
    const client = await s.join()
    client.send(answer)
    expect(await client.closed).toEqual({ code: 1002, reason: 'error: Unhandled message type 5' })
  }
  const client = await s.join()
  const answered = info(s, client).request('once?')
  const { id } = await client.next()
  client.send({ type: 5, id, success: true }).send({ type: 5, id, success: true })
  await answered
  expect((await client.closed).code).toBe(1002)
})

staged('a pending request does not keep the process', async () => {
  const { code, stdout, ms } = await runScript(`
    const { WSS, PROTOCOL } = require('.')
    const { WebSocket } = require('ws')
    const server = require('http').createServer()
    const wss = new WSS()
    wss.addWebsockets(server)
    wss.onJoin = (_wss, _room, _id, client) => {
      client.request('ready?')
      server.close()
    }
    server.listen(0, () => {
      const ws = new WebSocket('ws://localhost:' + server.address().port + '/wss')
      ws.on('open', () => ws.send(JSON.stringify({ protocol: PROTOCOL, roomProtocol: '', roomId: 'r', clientState: {} })))
      ws.on('close', (code) => console.log('closed', code))
    })
  `)
  expect([code, stdout]).toEqual([0, 'closed 1001\n'])
  expect(ms).toBeLessThan(9000)
})

staged('a message to one client: text as it is, all else as JSON, in order with the rest', async (s) => {
  const [client, other] = await s.joinAll(2)
  const live = info(s, client)
  live.send('text')
  live.send('two\nlines')
  live.send({ type: 99, list: [1, null] })
  live.ws.send('by the socket')
  live.send(null)
  expect(() => live.send(undefined)).toThrow(TypeError)
  const texts = []
  while (texts.length < 5) texts.push(await client.nextText())
  expect(texts).toEqual(['text', 'two\nlines', '{"type":99,"list":[1,null]}', 'by the socket', 'null'])
  await other.quiet()
})

staged('clients carry their id and data, and show neither', async (s) => {
  const seen = []
  s.wss.onJoin = (_wss, _room, clientId, clientInfo) => {
    clientInfo.data.user = 'Ada'
    seen.push([clientInfo.id, clientId])
  }
  s.wss.onLeave = (_wss, _room, _clientId, { id, data }) => void seen.push([id, data])
  const [client, other] = await s.joinAll(2)
  await s.settle(other)
  const live = info(s, client)
  expect(Object.keys(live)).toEqual(['ws', 'readonly', 'clientType', 'clientName', 'clientState'])
  expect(Object.keys({ ...live })).toEqual(Object.keys(live))
  live.id = 'mine'
  expect([live.id, Object.keys(live).at(-1)]).toEqual(['mine', 'id'])
  s.wss.ejectClient('room', other.id)
  expect(seen).toEqual([
    [client.id, client.id],
    [other.id, other.id],
    [other.id, { user: 'Ada' }],
  ])
})

staged('the upgrade request is there for hooks, also after the end', async (s) => {
  const seen = []
  s.wss.onHelloReq = (_wss, { clientState }, _id, { request }) => {
    seen.push(request)
    return { clientState, readonly: false }
  }
  s.wss.onLeave = (_wss, _room, _id, { ws }) => void seen.push(ws.request)
  const options = { path: '/wss?a=1', origin: 'http://example.org', headers: { 'x-user': 'Ada' } }
  const [client, stays] = [await s.join({}, options), await s.join()]
  client.ws.terminate()
  expect(await stays.next()).toMatchObject({ removeClients: [client.id] })
  const [hello, , leave] = seen
  expect(hello).toMatchObject({ url: '/wss?a=1', origin: 'http://example.org', headers: { 'x-user': 'Ada' } })
  expect(hello.remoteAddress).toMatch(/127\.0\.0\.1$/)
  expect(leave).toBe(hello)
  expect(Object.keys(info(s, stays).ws)).not.toContain('request')
})

staged('without hooks for hello and leave a slow hook finds the request too', async (s) => {
  const [waits, gone, seen] = [gate(), gate(), gate()]
  s.wss.onActionReq = async (_wss, _req, _room, _id, clientInfo) => {
    setImmediate(waits.open)
    await gone.promise
    seen.open(clientInfo.ws.request.url)
  }
  const client = await s.join()
  client.action('wait')
  await waits.promise
  await client.terminate()
  gone.open()
  expect(await seen.promise).toBe('/wss')
})
