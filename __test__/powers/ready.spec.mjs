/** Clients that wait until the application is ready. */

import { createRequire } from 'node:module'
import { PassThrough } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { TestClient } from '../support/client.mjs'
import { gate } from '../support/inbox.mjs'
import { pkg, staged, turn } from '../support/lifecycle.mjs'
import { changeReq, helloReq } from '../support/messages.mjs'
import { frame } from '../support/raw-client.mjs'
import { Stage } from '../support/stage.mjs'

const { Gate } = createRequire(import.meta.url)('../../src/js/server/gate.js')

/** How many wait at most. */
const MAX_WAITING = 1024

/** An http server whose room server is not ready yet; `open` and `fail` say when it is. */
async function unready(stage) {
  const { promise, open, fail } = gate()
  const server = await stage.httpServer({
    before: (http) => stage.wss.addWebsockets(http, { ready: promise }),
  })
  const upgraded = () => server.http.upgrades
  server.http.upgrades = 0
  server.http.on('upgrade', () => server.http.upgrades++)
  return { server, open, fail, waiting: (count) => vi.waitFor(() => expect(upgraded()).toBe(count), 10_000) }
}

describe('ready', () => {
  staged('clients wait, and are let in when it is ready', async (stage) => {
    const { server, open, waiting } = await unready(stage)
    const client = new TestClient(server.url())
    await waiting(1)
    expect(client.ws.readyState).toBe(WebSocket.CONNECTING)
    open()
    await client.opened
    await client.hello()
    expect(client.id).toBe('connection:1')

    const later = await stage.join({}, { server })
    expect(later.id).toBe('connection:2')
    await client.terminate()
  })

  for (const transport of ['http', 'https']) {
    test(`what was sent behind the request meanwhile is not lost, over ${transport}`, async () => {
      const stage = await Stage.open({ ...pkg, transport })
      try {
        const { server, open, waiting } = await unready(stage)
        const client = await server.dial()
        const [hello, change] = [helloReq(), changeReq({ room: { key: 'value' }, echo: true })]
        const joined = client.upgrade({ head: frame(JSON.stringify(hello)) })
        await waiting(1)
        await client.writeSplit([frame(JSON.stringify(change))])
        await turn()
        open()
        await joined
        expect(await client.next()).toMatchObject({ type: 1 })
        expect(await client.next()).toMatchObject({ type: 3, roomChanges: [{ key: 'key', value: 'value' }] })
        client.socket.destroy()
      } finally {
        await stage.close()
      }
    })
  }

  staged('it fails: 503 for those who wait and for those who come, until there is another', async (stage) => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { server, fail, waiting } = await unready(stage)
    const client = new TestClient(server.url())
    await waiting(1)
    const refused = expect(client.opened).rejects.toThrow('503')
    fail(new Error('no database'))
    await refused
    await expect(server.connect()).rejects.toThrow('503')
    expect(printed.mock.calls.map(([text, error]) => [text, error.message])).toEqual([
      ['addWebsockets: what `ready` waits for has failed, so clients get 503:', 'no database'],
    ])
    printed.mockRestore()

    stage.wss.addWebsockets(server.http)
    await expect(server.connect()).rejects.toThrow('503')
    stage.wss.addWebsockets(server.http, { ready: Promise.resolve() })
    await turn()
    await stage.join({}, { server })
  })

  staged('who goes while it waits is forgotten, with a reset too', async (stage) => {
    const { server, open, waiting } = await unready(stage)
    const clients = [new TestClient(server.url()), new TestClient(server.url())]
    await waiting(2)
    clients[0].terminate()
    clients[1].ws._req.socket.resetAndDestroy()
    await Promise.all(clients.map(({ closed }) => closed))
    open()
    const client = await stage.join({}, { server })
    expect(Object.keys(client.welcome.clients)).toEqual([client.id])
    expect(stage.wss.stats().clients).toBe(1)
  })

  staged('other paths and other http servers do not wait', async (stage) => {
    const { server } = await unready(stage)
    server.http.on('upgrade', (request, socket) => {
      if (request.url === '/other') socket.end('HTTP/1.1 418 Teapot\r\nConnection: close\r\n\r\n')
    })
    await expect(server.connect({ path: '/other' })).rejects.toThrow('418')
    await stage.join()
  })

  staged(
    'so many wait; the others get 503',
    async (stage) => {
      const { server, open, waiting } = await unready(stage)
      const clients = Array.from({ length: MAX_WAITING }, () => new TestClient(server.url()))
      await waiting(MAX_WAITING)
      await expect(server.connect()).rejects.toThrow('503')
      open()
      await Promise.all(clients.map(({ opened }) => opened))
      for (const client of clients) client.terminate()
    },
    { timeout: 30_000 },
  )

  test('who has waited for 30 s gets 503, and is not let through later', async () => {
    vi.useFakeTimers()
    try {
      const { promise, open } = gate()
      const passed = []
      const entrance = new Gate(promise)
      const [early, late] = [new PassThrough(), new PassThrough()]
      entrance.pass(early, () => passed.push('early'))
      vi.advanceTimersByTime(1000)
      entrance.pass(late, () => passed.push('late'))
      vi.advanceTimersByTime(29_000)
      expect(String(early.read())).toContain('HTTP/1.1 503')
      expect(late.read()).toBe(null)
      open()
      await promise
      expect(passed).toEqual(['late'])
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})
