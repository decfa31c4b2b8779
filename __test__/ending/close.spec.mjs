/** `wss.close()`: what clients, hooks and callers see of it. */

import { expect } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { staged, turn } from '../support/lifecycle.mjs'
import { frame, OPCODE, upgradeRequest } from '../support/raw-client.mjs'

const GOODBYE = { code: 1001, reason: 'server going away' }

/** How long it takes, in ms. */
async function timed(promise) {
  const start = performance.now()
  await promise
  return performance.now() - start
}

staged('clients are told with 1001, and the promise is the same for everybody', async (s) => {
  const [one, other] = await s.joinAll(2)
  const waiting = await s.connect()
  const end = s.wss.close()
  expect(s.wss.close({ code: 4000 })).toBe(end)
  await end
  expect(await Promise.all([one, other, waiting].map(({ closed }) => closed))).toEqual([
    GOODBYE,
    GOODBYE,
    GOODBYE,
  ])
  expect(s.wss.close()).toBe(end)
  expect(s.wss.stats()).toMatchObject({ connections: 0, clients: 0, closes: { 1001: 3 } })
})

staged('code and reason can be chosen; what is no code is refused and ends nothing', async (s) => {
  const client = await s.join()
  await expect(s.wss.close({ code: 1005 })).rejects.toThrow(TypeError)
  await expect(s.wss.close({ drainMs: -1 })).rejects.toThrow(RangeError)
  await expect(s.wss.close({ drainMs: '5' })).rejects.toThrow(TypeError)
  await expect(s.wss.close({ batch: 0 })).rejects.toThrow(RangeError)
  await client.quiet()
  await s.wss.close({ code: 4001, reason: 'moved to another server' })
  expect(await client.closed).toEqual({ code: 4001, reason: 'moved to another server' })
})

staged('a room server that nobody used closes at once', async (s) => {
  await s.roomServer().close()
  const unused = s.roomServer()
  await s.httpServer({ before: (http) => unused.addWebsockets(http) })
  await unused.close()
})

staged('upgrades get 503 from the first moment on', async (s) => {
  const deaf = await s.joinRaw()
  const end = s.wss.close({ drainMs: 300 })
  const late = await s.dial()
  expect((await late.write(upgradeRequest()).response()).status).toBe(503)
  await end
  expect((await (await s.dial()).write(upgradeRequest()).response()).status).toBe(503)
  deaf.socket.destroy()
})

staged('what was queued is delivered before the goodbye', async (s) => {
  const client = await s.joinRaw()
  const { ws } = s.wss.rooms.room.clients[client.welcome.clientId]
  client.socket.pause()
  const text = 'x'.repeat(2 ** 20)
  for (let i = 0; i < 12; i++) ws.send(`${i} ${text}`)
  const end = s.wss.close()
  client.socket.resume()
  for (let i = 0; i < 12; i++) {
    expect((await client.nextFrame()).payload.toString('latin1', 0, 3)).toMatch(new RegExp(`^${i} `))
  }
  expect(await client.nextClose()).toEqual(GOODBYE)
  client.write(frame(Buffer.from([3, 233]), { opcode: OPCODE.close }))
  await end
})

staged('clients leave in batches', async (s) => {
  const clients = await Promise.all(Array.from({ length: 12 }, (_, i) => s.join({ roomId: `${i}` })))
  const order = []
  for (const [i, client] of clients.entries()) client.closed.then(() => order.push([i, performance.now()]))
  await s.wss.close({ batch: 4 })
  await Promise.all(clients.map(({ closed }) => closed))
  const times = order.map(([, at]) => at)
  // Two pauses lie between the first and the last.
  expect(times.at(-1) - times[0]).toBeGreaterThan(80)
  expect(new Set(clients.slice(0, 4))).toEqual(new Set(order.slice(0, 4).map(([i]) => clients[i])))
})

staged('leave hooks run, see the room, and are waited for', async (s) => {
  const [left, stored] = [[], []]
  s.wss.onLeave = async (_wss, room, id) => {
    left.push([room.id, id])
    await turn()
    await turn()
    stored.push(id)
  }
  const clients = await s.joinAll(3)
  await s.wss.close()
  expect(left.map(([room]) => room)).toEqual(['room', 'room', 'room'])
  expect(stored.sort()).toEqual(clients.map(({ id }) => id).sort())
})

staged('a leave hook that was running before is waited for too', async (s) => {
  const [begun, going, done] = [gate(), gate(), []]
  s.wss.onLeave = async () => {
    begun.open()
    await going.promise
    done.push('stored')
  }
  await (await s.join()).close()
  await begun.promise
  const end = s.wss.close().then(() => done.push('closed'))
  await turn()
  going.open()
  await end
  expect(done).toEqual(['stored', 'closed'])
})

staged('those who do not go are cut at the deadline, and their leave hooks run', async (s) => {
  const left = []
  s.wss.onLeave = (_wss, _room, id) => void left.push(id)
  const polite = await s.join()
  const stubborn = await s.joinRaw()
  const ms = await timed(s.wss.close({ drainMs: 200 }))
  expect(ms).toBeGreaterThan(190)
  expect(ms).toBeLessThan(1500)
  expect(await polite.closed).toEqual(GOODBYE)
  await stubborn.untilClose()
  await stubborn.ended
  expect(left.sort()).toEqual([polite.id, stubborn.welcome.clientId])
})

staged('a leave hook that never ends is not waited for beyond the deadline', async (s) => {
  s.wss.onLeave = () => new Promise(() => {})
  const client = await s.join()
  const ms = await timed(s.wss.close({ drainMs: 150 }))
  expect(ms).toBeLessThan(1500)
  expect(await client.closed).toEqual(GOODBYE)
})

staged('drainMs 0 tells everybody and ends at once', async (s) => {
  const client = await s.join()
  const stubborn = await s.joinRaw()
  await client.next()
  expect(await timed(s.wss.close({ drainMs: 0 }))).toBeLessThan(1200)
  expect(await client.closed).toEqual(GOODBYE)
  await stubborn.untilClose()
})

for (const hook of ['onHelloReq', 'onChangeReq', 'onActionReq', 'onLeave']) {
  staged(`it can be awaited in ${hook}`, async (s) => {
    const [client, other] = await s.joinAll(2)
    const ended = gate()
    s.wss[hook] = async (wss) => {
      const ms = await timed(wss.close())
      ended.open(ms)
      return {}
    }
    if (hook === 'onHelloReq') (await s.connect()).hello().catch(() => {})
    if (hook === 'onChangeReq') client.change({ room: { a: '1' } })
    if (hook === 'onActionReq') client.action('end')
    if (hook === 'onLeave') client.ws.close()
    expect(await ended.promise).toBeLessThan(2000)
    expect((await other.closed).code).toBe(1001)
  })
}

staged('every leave hook may await it', async (s) => {
  const clients = await s.joinAll(3)
  s.wss.onLeave = (wss) => wss.close()
  expect(await timed(s.wss.close())).toBeLessThan(2000)
  for (const client of clients) expect((await client.closed).code).toBe(1001)
})

staged('rooms can be read afterwards', async (s) => {
  s.wss.rooms.kept = { id: 'kept', clients: {}, state: { a: '1' } }
  await s.join()
  await s.wss.close()
  expect(s.wss.rooms.kept.state).toEqual({ a: '1' })
  expect(Object.keys(s.wss.rooms.room.clients)).toEqual([])
  expect(s.wss.metrics()).toContain('room_server_connections 0')
})

staged('an http server that closes takes only its own clients with it', async (s) => {
  const second = await s.httpServer({ before: (http) => s.wss.addWebsockets(http) })
  const [stays, goes] = [await s.join({ roomId: 'a' }), await s.join({ roomId: 'b' }, { server: second })]
  await second.stop()
  expect(await goes.closed).toEqual({ code: 1001, reason: 'server closed' })
  await stays.onlyMarker()
})
