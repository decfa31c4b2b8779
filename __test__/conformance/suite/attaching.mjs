/** Attaching room servers to http servers. */

import { expect } from 'vitest'
import { HttpServer } from '../../support/server.mjs'

export function attaching({ behaviour, repaired }) {
  behaviour('addWebsockets returns undefined and adds one upgrade listener', async (s) => {
    const { http } = new HttpServer()
    expect(s.roomServer().addWebsockets(http)).toBeUndefined()
    expect(http.listenerCount('upgrade')).toBe(1)
  })

  behaviour('a server that listens already can be attached to', async (s) => {
    const server = await s.httpServer()
    const wss = s.roomServer()
    wss.addWebsockets(server.http)
    expect((await s.join({}, { server })).welcome.type).toBe(1)
    expect(Object.keys(wss.rooms)).toEqual(['room'])
  })

  behaviour('an upgrade event emitted by hand is served', async (s) => {
    const hidden = new HttpServer(s.pkg.transport)
    s.wss.addWebsockets(hidden.http)
    const server = await s.httpServer({
      before: (http) => http.on('upgrade', (...args) => hidden.http.emit('upgrade', ...args)),
    })
    expect((await s.join({}, { server })).welcome.type).toBe(1)
  })

  behaviour('room servers are independent: own rooms, own numbers, own hooks', async (s) => {
    const other = s.roomServer()
    other.onActionReq = async () => ({ other: true })
    const server = await s.httpServer({ before: (http) => other.addWebsockets(http) })
    const here = await s.join()
    const there = await s.join({}, { server })
    expect([here.id, there.id]).toEqual(['connection:1', 'connection:1'])
    expect(Object.keys(there.welcome.clients)).toEqual(['connection:1'])
    expect(s.wss.rooms.room).not.toBe(other.rooms.room)
    expect(await there.ask('x')).toEqual({ other: true })
    here.action('x')
    expect(await here.closed).toEqual({ code: 1002, reason: 'error: unhandled actions' })
  })

  behaviour('the exported room server is a WSS and serves as any other', async (s) => {
    const { wss, WSS } = s.pkg
    expect(wss).toBeInstanceOf(WSS)
    const server = await s.httpServer({ before: (http) => wss.addWebsockets(http) })
    const client = await s.join({ roomId: 'of the exported one' }, { server })
    expect(Object.keys(wss.rooms['of the exported one'].clients)).toEqual([client.id])
  })

  repaired('attach-twice', 'attaching twice to one server changes nothing', async (s) => {
    s.wss.addWebsockets(s.server.http)
    s.wss.addWebsockets(s.server.http)
    const client = await s.join()
    expect(client.id).toBe('connection:1')
    client.change({ room: { a: '1' }, echo: true })
    expect(await client.next()).toMatchObject({ roomChanges: [{ key: 'a', value: '1' }] })
    await client.quiet()
  })

  repaired(
    'attach-two-servers',
    'clients of two http servers share the rooms of one room server',
    async (s) => {
      const server = await s.httpServer({ before: (http) => s.wss.addWebsockets(http) })
      const here = await s.join()
      const there = await s.join({}, { server })
      expect([here.id, there.id]).toEqual(['connection:1', 'connection:2'])
      expect(Object.keys((await here.next()).addClients)).toEqual([there.id])
      there.change({ room: { a: '1' } })
      expect(await here.next()).toMatchObject({ roomChanges: [{ key: 'a', value: '1' }] })
      await there.quiet()
    },
  )
}
