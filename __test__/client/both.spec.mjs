/** What the client does, with this package's server and with the original's. Resume is not asked for here. */

import { describe, expect } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { next, onStage, PACKAGES, SOON, until } from './support.mjs'

const PLAIN = { resume: false }

describe.each(PACKAGES)('the client of $name', (pkg) => {
  const it = (name, run) => onStage(pkg, name, run)

  describe('joining', () => {
    it('is connecting first, then open, in the room as the server has it', async (s) => {
      s.wss.rooms.room = { id: 'room', clients: {}, state: { a: '1' } }
      const other = await s.join({ clientName: 'Ada', clientState: { hand: 'up' } })
      const client = s.dialRoom({ clientName: 'Bob', clientType: 'bot', clientState: { hand: 'down' } })
      expect(client).toMatchObject({ status: 'connecting', reason: null, id: undefined, readonly: false })
      expect(await client.opened()).toBe(client)
      expect(client).toMatchObject({ status: 'open', reason: null, readonly: false, state: { a: '1' } })
      expect(client.clients).toEqual({
        [other.id]: { clientName: 'Ada', clientState: { hand: 'up' } },
        [client.id]: { clientName: 'Bob', clientType: 'bot', clientState: { hand: 'down' } },
      })
    })

    it('the hello may be a function, may be async, and is asked for each attempt', async (s) => {
      let asked = 0
      const client = s.dialRoom(async (self) => {
        if (++asked === 1) throw new Error('not yet')
        return { roomProtocol: 'test:1', roomId: `room ${asked}`, clientName: self.status }
      })
      await client.opened()
      expect(Object.keys(s.wss.rooms)).toEqual(['room 2'])
      s.socketOf(client, 'room 2').terminate()
      await until(client, ({ clients }) => clients[client.id]?.clientName === 'reconnecting')
      expect(Object.keys(s.wss.rooms)).toEqual(['room 2', 'room 3'])
    })

    it('a refusal closes it for good, and says why', async (s) => {
      let asked = 0
      s.wss.onHelloReq = () => {
        asked++
        throw new Error('please log in')
      }
      const client = s.dialRoom()
      await expect(client.opened()).rejects.toMatchObject({ code: 'CLOSED', closeCode: 1002 })
      expect(client).toMatchObject({
        status: 'closed',
        reason: { code: 1002, reason: 'error: please log in' },
      })
      await expect(client.opened()).rejects.toThrow('please log in')
      expect(asked).toBe(1)
    })

    it('a watcher sees everything, is not seen, and its changes of the room never reach the server', async (s) => {
      const writer = await s.enter({}, PLAIN)
      const watcher = await s.enter({ readonly: true }, PLAIN)
      writer.change({ room: { a: '1' } })
      await until(watcher, ({ state }) => state.a === '1')
      expect(watcher.readonly).toBe(true)
      expect(Object.keys(watcher.clients)).toEqual([writer.id])
      expect(() => watcher.change({ room: { a: '2' } })).toThrow(
        expect.objectContaining({ code: 'READONLY' }),
      )
      watcher.change({ client: { a: '2' } })
      writer.change({ room: { a: '3' } })
      await until(watcher, ({ state }) => state.a === '3')
    })
  })

  describe('the room', () => {
    it('own changes and those of others are in the state, in the order of the server', async (s) => {
      const [ada, bob] = [await s.enter({}, PLAIN), await s.enter({}, PLAIN)]
      ada.change({ room: { a: '1', b: '2' } })
      await until(bob, ({ state }) => state.b === '2')
      bob.change({ room: [{ key: 'a' }, { key: 'c', value: '' }, { key: '__proto__', value: 'data' }] })
      for (const client of [ada, bob]) {
        const { state } = await until(client, (now) => now.state.c === '')
        expect(Object.entries(state)).toEqual([
          ['b', '2'],
          ['c', ''],
          ['__proto__', 'data'],
        ])
      }
    })

    it('clients come, change and go', async (s) => {
      const ada = await s.enter({ clientName: 'Ada' }, PLAIN)
      const bob = await s.enter({ clientName: 'Bob' }, PLAIN)
      await until(ada, ({ clients }) => clients[bob.id]?.clientName === 'Bob')
      bob.change({ client: { hand: 'up', mood: 'good' } })
      bob.change({ client: { mood: null } })
      for (const client of [ada, bob])
        await until(client, ({ clients }) => {
          const { hand, mood } = clients[bob.id].clientState
          return hand === 'up' && mood === undefined
        })
      await bob.leave()
      await until(ada, ({ clients }) => !(bob.id in clients))
    })

    it('what was read never changes, and what did not change stays the same object', async (s) => {
      const client = await s.enter({}, PLAIN)
      client.change({ room: { a: '1' } })
      const before = await until(client, ({ state }) => state.a === '1')
      expect(client.snapshot).toBe(before)
      client.change({ room: { a: '2' } })
      const after = await until(client, ({ state }) => state.a === '2')
      expect(before.state).toEqual({ a: '1' })
      expect(after.clients).toBe(before.clients)
      client.change({ client: { b: '1' } })
      const last = await until(client, ({ clients }) => clients[client.id].clientState.b === '1')
      expect(last.state).toBe(after.state)
      expect(after.clients[client.id].clientState).toEqual({})
    })

    it('without echo nobody tells the client itself', async (s) => {
      const [ada, bob] = [await s.enter({}, PLAIN), await s.enter({}, PLAIN)]
      ada.change({ room: { a: '1' }, echo: false })
      await until(bob, ({ state }) => state.a === '1')
      bob.change({ room: { b: '1' } })
      expect((await until(ada, ({ state }) => state.b === '1')).state).toEqual({ b: '1' })
    })

    it('what are no changes is refused here, and nothing is sent', async (s) => {
      const client = await s.enter({}, PLAIN)
      const wrong = ['text', 1, [null], [{ value: '1' }], { a: 1 }, { a: {} }, [{ key: 'a', value: 1 }]]
      for (const changes of wrong) {
        expect(() => client.change({ room: changes })).toThrow(TypeError)
        expect(() => client.change({ client: changes })).toThrow(TypeError)
      }
      client.change({})
      client.change({ room: { a: '1' } })
      expect((await next(client, 'change')).roomChanges).toEqual([{ key: 'a', value: '1' }])
    })

    it('notifications of an application that are none do no harm', async (s) => {
      const client = await s.enter({}, PLAIN)
      const { clients } = client
      for (const roomChanges of [null, 'text', {}, [null, 1, {}, { key: 1, value: 'x' }]])
        s.socketOf(client).send(
          JSON.stringify({ type: 3, roomChanges, updateClients: { x: null, [client.id]: {} } }),
        )
      s.socketOf(client).send(JSON.stringify({ type: 3, removeClients: {}, addClients: null }))
      client.change({ room: { a: '1' } })
      expect((await until(client, ({ state }) => state.a === '1')).state).toEqual({ a: '1' })
      expect(client.clients).toEqual(clients)
    })
  })

  describe('actions', () => {
    it('give the answer, or say that they are refused', async (s) => {
      s.wss.onActionReq = async (_wss, { id, action, data }) => ({
        type: 5,
        id,
        success: action === 'add',
        data,
        msg: 'no',
      })
      const client = await s.enter({}, PLAIN)
      expect(await client.action('add', '1')).toMatchObject({ success: true, data: '1' })
      await expect(client.action('take')).rejects.toMatchObject({
        code: 'REFUSED',
        message: 'no',
        response: { success: false },
      })
    })

    it('end with their time, with their signal, or with the client', async (s) => {
      s.wss.onActionReq = () => new Promise(() => {})
      const client = await s.enter({}, PLAIN)
      const stop = new AbortController()
      const actions = [
        client.action('wait', '', { timeoutMs: 1 }),
        client.action('wait', '', { signal: stop.signal }),
        client.action('wait', '', { signal: AbortSignal.abort('early') }),
        client.action('wait', '', { timeoutMs: Infinity }),
      ].map((action) => action.catch(({ code, name, cause }) => [code, name, cause]))
      stop.abort('enough')
      expect(await Promise.all(actions.slice(0, 3))).toEqual([
        ['TIMEOUT', 'TimeoutError', undefined],
        ['ABORTED', 'AbortError', 'enough'],
        ['ABORTED', 'AbortError', 'early'],
      ])
      s.socketOf(client).close(4500, 'ejected')
      expect(await actions[3]).toEqual(['CLOSED', 'RoomClientError', undefined])
    })

    it('that are answered too late, or without having been asked, do not disturb', async (s) => {
      const client = await s.enter({}, PLAIN)
      const messages = []
      client.on('message', (message) => messages.push(message))
      s.socketOf(client).send('{"type":5,"id":"action:99","success":true}')
      client.change({ room: { a: '1' } })
      await until(client, ({ state }) => state.a === '1')
      expect(messages).toEqual([{ type: 5, id: 'action:99', success: true }])
    })

    it('are lost with the connection', async (s) => {
      const asked = []
      s.wss.onActionReq = (_wss, { id }) => {
        asked.push(id)
        s.wss.rooms.room.clients[client.id].ws.terminate()
        return new Promise(() => {})
      }
      const client = await s.enter({}, PLAIN)
      await expect(client.action('wait')).rejects.toMatchObject({ code: 'LOST' })
      await until(client, ({ status }) => status === 'open')
      expect(asked).toHaveLength(1)
    })
  })

  describe('the end of a connection', () => {
    it('after a cut it comes back, with another id and the room as it is by then', async (s) => {
      const client = await s.enter({}, PLAIN)
      const { id } = client
      const [told, back] = [next(client, 'status'), next(client, 'joined')]
      s.wss.rooms.room.state.meanwhile = '1'
      s.socketOf(client).terminate()
      expect(await told).toMatchObject({ status: 'reconnecting', reason: { code: 1006 } })
      expect(() => client.change({ room: { a: '1' } })).toThrow(expect.objectContaining({ code: 'NOT_OPEN' }))
      await expect(client.action('any')).rejects.toMatchObject({ code: 'NOT_OPEN' })
      expect(await back).toMatchObject({ outcome: 'new' })
      expect(client.id).not.toBe(id)
      expect(client.state).toEqual({ meanwhile: '1' })
    })

    for (const code of [1001, 1011, 1013, 4100, 4101]) {
      it(`comes back after ${code}`, async (s) => {
        const client = await s.enter({}, PLAIN)
        s.socketOf(client).close(code, 'later')
        const reason = { code, reason: 'later' }
        expect(await next(client, 'status')).toEqual({ status: 'reconnecting', reason })
        await client.opened()
      })
    }
    for (const code of [1000, 1002, 1008, 4403, 4500, 4501]) {
      it(`is closed after ${code}`, async (s) => {
        const client = await s.enter({}, PLAIN)
        s.socketOf(client).close(code, 'enough')
        const reason = { code, reason: 'enough' }
        expect(await next(client, 'status')).toEqual({ status: 'closed', reason })
        expect(() => client.change({ room: { a: '1' } })).toThrow(
          expect.objectContaining({ code: 'NOT_OPEN' }),
        )
      })
    }

    it('comes back when its hello was late: the network was frozen just then', async (s) => {
      const late = [true]
      s.wss.onHelloReq = (_wss, { clientState }, _id, sws) => {
        if (late.pop()) sws.close(1002, 'no hello received in time')
        return { clientState }
      }
      await s.enter({}, PLAIN)
      expect(late).toEqual([])
    })

    it('an application decides about its own codes', async (s) => {
      const when = ({ code, reason }) => (code === 4403 && reason === 'moved' ? 'soon' : undefined)
      const client = await s.enter({}, { ...PLAIN, reconnect: { ...SOON, when } })
      s.socketOf(client).close(4403, 'moved')
      await next(client, 'joined')
      s.socketOf(client).close(4403, 'forbidden')
      await until(client, ({ status }) => status === 'closed')
    })

    it('reconnect: false makes the first end the last one; maxAttempts gives up', async (s) => {
      const once = await s.enter({}, { ...PLAIN, reconnect: false })
      s.socketOf(once).terminate()
      expect(await until(once, ({ status }) => status === 'closed')).toMatchObject({ reason: { code: 1006 } })
      const gone = await s.httpServer()
      const { http } = gone
      await gone.stop()
      const server = { url: () => `ws://127.0.0.1:${http.address()?.port ?? 9}/wss` }
      const client = s.dialRoom({}, { server, reconnect: { ...SOON, maxAttempts: 3 } })
      await expect(client.opened()).rejects.toMatchObject({ code: 'CLOSED', closeCode: 1006 })
    })
  })

  describe('leaving', () => {
    it('comes behind the answers to what was asked before', async (s) => {
      const asked = gate()
      s.wss.onActionReq = (_wss, { id }) =>
        new Promise((resolve) => asked.open(() => resolve({ type: 5, id, success: true })))
      const [ada, bob] = [await s.enter({}, PLAIN), await s.enter({}, PLAIN)]
      ada.change({ room: { a: '1' } })
      const action = ada.action('slow')
      const left = ada.leave()
      expect(() => ada.change({ room: { a: '2' } })).toThrow(expect.objectContaining({ code: 'NOT_OPEN' }))
      await until(bob, ({ state }) => state.a === '1')
      expect(ada.id in bob.clients).toBe(true)
      const answer = await asked.promise
      answer()
      expect(await action).toMatchObject({ success: true })
      await left
      expect(ada).toMatchObject({ status: 'closed', reason: { code: 1000 } })
      await until(bob, ({ clients }) => !(ada.id in clients))
      await ada.leave()
    })

    it('does not wait longer than it is told to', async (s) => {
      s.wss.onActionReq = () => new Promise(() => {})
      const client = await s.enter({}, PLAIN)
      const action = client.action('never').catch(({ code }) => code)
      await client.leave({ timeoutMs: 20 })
      expect([client.status, await action]).toEqual(['closed', 'CLOSED'])
    })

    it('ends attempts as well', async (s) => {
      const connecting = s.dialRoom()
      await connecting.leave()
      expect(connecting).toMatchObject({ status: 'closed', reason: { code: 1000 } })
      const client = await s.enter({}, { ...PLAIN, reconnect: { minMs: Infinity, maxMs: Infinity } })
      s.socketOf(client).terminate()
      await until(client, ({ status }) => status === 'reconnecting')
      await client.leave()
      await expect(client.opened()).rejects.toMatchObject({ code: 'CLOSED' })
    })

    it('retry() does not wait for the next attempt', async (s) => {
      const client = await s.enter({}, { ...PLAIN, reconnect: { minMs: Infinity, maxMs: Infinity } })
      s.socketOf(client).terminate()
      await until(client, ({ status }) => status === 'reconnecting')
      client.retry()
      await until(client, ({ status }) => status === 'open')
      client.retry()
      expect(client.status).toBe('open')
    })
  })

  describe('messages of the application', () => {
    it('come as they are: JSON parsed, other text, bytes', async (s) => {
      const client = await s.enter({}, PLAIN)
      const messages = []
      client.on('message', (message) => messages.push(message))
      const { ws } = s.wss.rooms.room.clients[client.id]
      ws.send('{"type":99,"text":"hi"}')
      ws.send('null')
      ws.send('no JSON')
      ws.send(Buffer.from([1, 2]))
      ws.send('{"type":8,"received":5}')
      ws.send('{"type":4,"action":"mine","id":"own"}')
      client.change({ room: { a: '1' } })
      await until(client, ({ state }) => state.a === '1')
      expect(messages.map((m) => (m instanceof ArrayBuffer ? [...new Uint8Array(m)] : m))).toEqual([
        { type: 99, text: 'hi' },
        null,
        'no JSON',
        [1, 2],
        { type: 8, received: 5 },
        { type: 4, action: 'mine', id: 'own' },
      ])
    })

    it('that come before the welcome are told, too', async (s) => {
      s.wss.onHelloReq = (_wss, { clientState }, _id, sws) => {
        sws.send('{"type":99}')
        return { clientState, readonly: false }
      }
      const client = s.dialRoom({})
      const message = next(client, 'message')
      await client.opened()
      expect(await message).toEqual({ type: 99 })
    })
  })

  describe('events', () => {
    it('an iteration gives all of them, in order, and ends with the client', async (s) => {
      const client = s.dialRoom({}, PLAIN)
      const events = []
      const iteration = (async () => {
        for await (const { type, detail } of client) {
          events.push([type, detail.status ?? detail.outcome ?? detail.roomChanges])
          if (type === 'status' && detail.status === 'open') client.change({ room: { a: '1' } })
          if (type === 'change') await client.leave()
        }
      })()
      await iteration
      expect(events).toEqual([
        ['joined', 'new'],
        ['status', 'open'],
        ['change', [{ key: 'a', value: '1' }]],
        ['status', 'closed'],
      ])
    })

    it('a listener can be taken off; subscribers are called at once and whenever something changes', async (s) => {
      const client = await s.enter({}, PLAIN)
      let told = 0
      const seen = []
      const off = client.on('change', () => told++)
      const stop = client.subscribe(({ state }) => seen.push(state.a))
      client.change({ room: { a: '1' } })
      await until(client, ({ state }) => state.a === '1')
      off()
      stop()
      client.change({ room: { a: '2' } })
      await until(client, ({ state }) => state.a === '2')
      expect([told, seen]).toEqual([1, [undefined, '1']])
    })
  })
})
