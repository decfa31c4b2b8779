/** Settings that come after the room server has been made. */

import { describe, expect, test } from 'vitest'
import { createServer } from 'node:http'
import { pkg, staged } from '../support/lifecycle.mjs'
import { endRoomServer } from '../support/server.mjs'
import { Stage } from '../support/stage.mjs'

/** Every option, as another than the default. */
const ALL = {
  path: '/live',
  helloTimeoutMs: 4000,
  heartbeatIntervalMs: 9000,
  hookTimeoutMs: 100,
  maxHelloBytes: 1000,
  maxMessageBytes: 2000,
  maxBufferedBytes: 3000,
  pendingMessages: 5,
  threads: 1,
  maxClients: 1,
  maxClientsPerRoom: 3,
  maxRooms: 4,
  maxStateBytes: 5000,
  maxClientStateBytes: 6000,
  rate: { messagesPerSecond: 10, burst: 5 },
  orderedChanges: true,
  emptyRoomTtlMs: 7000,
  compression: { threshold: 2000 },
  allowedOrigins: ['https://example.org'],
  logLevel: 'debug',
}

async function withStarted(options, run) {
  const wss = new pkg.WSS()
  wss.configure(options)
  wss.addWebsockets(createServer())
  try {
    await run(wss)
  } finally {
    await endRoomServer(wss)
  }
}

describe('configure', () => {
  test('takes what the constructor takes, and refuses what that refuses', () => {
    const wss = new pkg.WSS()
    wss.configure(ALL)
    for (const [options, Kind, name] of [
      [{ maxClients: 0 }, RangeError, 'maxClients'],
      [{ maxClient: 1 }, TypeError, 'maxClient'],
      [{ path: 'wss' }, TypeError, 'path'],
      [undefined, TypeError, 'configure'],
      [null, TypeError, 'configure'],
      [true, TypeError, 'configure'],
    ]) {
      expect(() => wss.configure(options)).toThrow(Kind)
      expect(() => wss.configure(options)).toThrow(name)
    }
  })

  test('its settings count: those of the engine, and those of JavaScript', async () => {
    const stage = new Stage(pkg)
    const records = []
    try {
      const wss = stage.roomServer({ maxClients: 5, path: '/before' })
      wss.onActionReq = () => new Promise(() => {})
      wss.configure({ ...ALL, onLog: (record) => records.push(record.message) })
      stage.server = await stage.httpServer({ before: (http) => wss.addWebsockets(http) })
      await expect(stage.connect({ path: '/before' })).rejects.toThrow('404')
      await expect(stage.connect({ path: '/live', origin: 'https://example.com' })).rejects.toThrow('403')
      const client = await stage.join({}, { path: '/live', origin: 'https://example.org' })
      await expect(stage.connect({ path: '/live' })).rejects.toThrow('503')
      expect(records).toContain('serving websockets on /live')
      client.action('wait')
      expect((await client.closed).reason).toBe('error: onActionReq timed out')
      const talker = await stage.join({}, { path: '/live' })
      talker.change({ room: { key: 'x'.repeat(2000) } })
      expect((await talker.closed).code).toBe(1009)
    } finally {
      await stage.close()
    }
  })

  test('the last one counts, whole: what it leaves out has its default', async () => {
    const stage = new Stage(pkg)
    try {
      const wss = stage.roomServer()
      wss.configure({ maxClients: 1, path: '/live' })
      wss.configure({ maxClientsPerRoom: 1 })
      stage.server = await stage.httpServer({ before: (http) => wss.addWebsockets(http) })
      await stage.join()
      const second = await stage.connect()
      await expect(second.hello()).rejects.toThrow('the room is full')
    } finally {
      await stage.close()
    }
  })

  test('the same again is fine at any time', () =>
    withStarted(ALL, (wss) => {
      wss.configure(ALL)
      wss.configure(structuredClone(ALL))
      wss.configure({ ...ALL, debug: false })
    }))

  test('a default is the same as nothing', () =>
    withStarted({}, (wss) => {
      wss.configure({
        path: '/wss',
        maxClients: Infinity,
        allowedOrigins: false,
        logLevel: 'off',
        hookTimeoutMs: 30_000,
        orderedChanges: false,
        compression: undefined,
      })
    }))

  for (const name of Object.keys(ALL)) {
    test(`${name} is too late when it has started`, () =>
      withStarted({}, (wss) => {
        expect(() => wss.configure({ [name]: ALL[name] })).toThrow(
          `WSS: configure comes too late for ${name}: the room server has started`,
        )
        wss.configure({})
      }))
  }

  test('a look at a room starts it too', async () => {
    const wss = new pkg.WSS()
    expect(wss.room('room')).toBeUndefined()
    expect(() => wss.configure({ maxRooms: 1 })).toThrow('maxRooms')
    await endRoomServer(wss)
  })

  staged('what is too late changes nothing', async (stage) => {
    expect(() => stage.wss.configure({ maxClients: 1, hookTimeoutMs: 1 })).toThrow(
      'maxClients, hookTimeoutMs',
    )
    await stage.join()
    await stage.join({ roomId: 'other' })
  })

  test('functions take the place of the earlier ones, as after a restart of vite', async () => {
    const stage = new Stage(pkg)
    const heard = []
    const options = (name, allows) => ({
      logLevel: 'warn',
      onLog: () => heard.push(name),
      allowedOrigins: (origin) => allows.includes(origin),
    })
    try {
      const wss = stage.roomServer()
      wss.configure(options('first', ['https://one.example']))
      stage.server = await stage.httpServer({ before: (http) => wss.addWebsockets(http) })
      await stage.join({}, { origin: 'https://one.example' })
      wss.configure(options('second', ['https://two.example']))
      await stage.join({}, { origin: 'https://two.example' })
      await expect(stage.connect({ origin: 'https://one.example' })).rejects.toThrow('403')
      expect(heard).toEqual(['second'])
      expect(() => wss.configure({ ...options('third', []), allowedOrigins: [] })).toThrow('allowedOrigins')
    } finally {
      await stage.close()
    }
  })
})
