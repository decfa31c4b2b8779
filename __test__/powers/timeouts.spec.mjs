/** Hooks that take too long. */

import { expect, vi } from 'vitest'
import { runScript } from '../support/child.mjs'
import { gate } from '../support/inbox.mjs'
import { staged } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'

const SOON = { options: { hookTimeoutMs: 40 } }

/** A hook that waits until it may answer, and then gives this. */
function slow(result) {
  const [called, open, done] = [gate(), gate(), gate()]
  const hook = async () => {
    called.open()
    await open.promise
    setImmediate(done.open)
    return result
  }
  return { hook, called, open, done }
}

staged(
  'a hello that takes too long is refused, and let in by no later answer',
  async (s) => {
    const { hook, open, done } = slow({ clientState: {}, readonly: false })
    const told = []
    s.wss.onError = (_wss, error, where) => void told.push([error.message, where])
    s.wss.onHelloReq = hook
    const client = await s.connect()
    client.send(helloReq())
    expect(await client.closed).toEqual({ code: 1002, reason: 'error: onHelloReq timed out' })
    open.open()
    await done.promise
    expect(s.wss.rooms).toEqual({})
    const where = { hook: 'onHelloReq', clientId: 'connection:1', roomId: 'room' }
    expect(told).toEqual([['onHelloReq timed out', where]])
  },
  SOON,
)

staged(
  'a change that takes too long is dropped, also from what JavaScript sees',
  async (s) => {
    const changes = [{ key: 'k', value: 'late' }]
    const { hook, open, done } = slow({ roomChanges: changes, clientChanges: changes })
    const [client, other] = await s.joinAll(2)
    s.wss.onChangeReq = hook
    const info = s.wss.rooms.room.clients[client.id]
    client.change({ room: { k: 'late' } })
    expect(await client.closed).toEqual({ code: 1002, reason: 'error: onChangeReq timed out' })
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
    open.open()
    await done.promise
    expect([{ ...s.wss.rooms.room.state }, info.clientState]).toEqual([{}, {}])
    await other.quiet()
  },
  SOON,
)

staged(
  'an action that takes too long ends the connection, the others go on',
  async (s) => {
    const { hook, called, open, done } = slow({ type: 5 })
    const [client, other] = await s.joinAll(2)
    s.wss.onActionReq = (_wss, { action }) => (action === 'slow' ? hook() : { action })
    client.action('slow').action('quick')
    await called.promise
    expect(await client.next()).toEqual({ action: 'quick' })
    expect(await client.closed).toEqual({ code: 1002, reason: 'error: onActionReq timed out' })
    await expect(client.next()).rejects.toThrow('closed')
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
    open.open()
    await done.promise
    expect(await other.ask('quick')).toEqual({ action: 'quick' })
  },
  SOON,
)

staged(
  'a load that takes too long refuses those who wait, and fills nothing later',
  async (s) => {
    const { hook, open, done } = slow({ k: 'late' })
    s.wss.onError = () => {}
    s.wss.onLoadRoom = hook
    const joiners = [await s.connect(), await s.connect()]
    for (const joiner of joiners) joiner.send(helloReq())
    for (const joiner of joiners)
      expect(await joiner.closed).toEqual({ code: 4102, reason: 'error: onLoadRoom timed out' })
    s.wss.onLoadRoom = undefined
    const next = await s.join()
    open.open()
    await done.promise
    expect([next.welcome.roomState, { ...s.wss.rooms.room.state }]).toEqual([{}, {}])
  },
  SOON,
)

staged(
  'each has its own time, and an error that comes too late is not told twice',
  async (s) => {
    const told = []
    s.wss.onError = (_wss, error) => void told.push(error.message)
    const late = gate()
    s.wss.onActionReq = async () => {
      await late.promise
      throw new Error('too late')
    }
    const [first, second] = await s.joinAll(2)
    first.action('a')
    expect((await first.closed).reason).toBe('error: onActionReq timed out')
    await second.next()
    second.action('b')
    expect((await second.closed).reason).toBe('error: onActionReq timed out')
    late.open()
    await vi.waitUntil(() => Object.keys(s.wss.rooms.room.clients).length === 0)
    expect(told).toEqual(['onActionReq timed out', 'onActionReq timed out'])
    expect(s.wss.stats().hooks.onActionReq).toMatchObject({ count: 2, errors: 2 })
  },
  SOON,
)

staged(
  '0 is no time limit',
  async (s) => {
    const { hook, called, open } = slow({ done: true })
    s.wss.onActionReq = hook
    const client = await s.join()
    client.action('slow')
    await called.promise
    await client.quiet()
    open.open()
    expect(await client.next()).toEqual({ done: true })
  },
  { options: { hookTimeoutMs: 0 } },
)

staged('a hook that never settles does not keep the process', async () => {
  const { code, ms } = await runScript(`
    const { WSS, PROTOCOL } = require('.')
    const { WebSocket } = require('ws')
    const server = require('http').createServer()
    const wss = new WSS({ hookTimeoutMs: 60000 })
    wss.addWebsockets(server)
    wss.onHelloReq = () => (setImmediate(() => server.close()), new Promise(() => {}))
    server.listen(0, () => {
      const ws = new WebSocket('ws://localhost:' + server.address().port + '/wss')
      ws.on('open', () => ws.send(JSON.stringify({ protocol: PROTOCOL, roomProtocol: '', roomId: 'r', clientState: {} })))
    })
  `)
  expect(code).toBe(0)
  expect(ms).toBeLessThan(10_000)
})
