/** The hooks: what they are given, what their results do, and what becomes of what they throw. */

import { expect } from 'vitest'
import { gate } from '../../support/inbox.mjs'
import { changeReq, helloReq } from '../../support/messages.mjs'
import { frame } from '../../support/raw-client.mjs'

const HELLO_KEYS = [
  'protocol',
  'roomProtocol',
  'roomId',
  'roomCredential',
  'clientCredential',
  'clientType',
  'clientName',
  'clientState',
  'readonly',
]

const httpError = { status: 404, body: { message: 'Not found' } }

/** Things that have a message: `[what, thrown, reason]`. */
const THROWN = [
  ['an error', new Error('not you'), 'error: not you'],
  ['an error of another class', new TypeError('not this type'), 'error: not this type'],
  ['an error without text', new Error(), 'error: '],
  ['an object with a message', { message: 'plain' }, 'error: plain'],
  ['an error in another script', new Error('zu groß 🎲'), 'error: zu groß 🎲'],
  ['the longest text that fits', new Error('x'.repeat(116)), `error: ${'x'.repeat(116)}`],
]

/** Things without one: `[what, thrown, our reason]`; the original says `error: undefined`. */
const THROWN_WITHOUT_MESSAGE = [
  ['an HTTP error of an application framework', httpError, /^error: .*(Not found|404)/],
  ['a string', 'just text', /^error: .*just text/],
  ['a number', 42, /^error: .*42/],
]

/** How each hook is made to throw: `[hook, provoke(stage) -> client that will be closed]`. */
const HOOKS = [
  ['onHelloReq', async (s) => (await s.connect()).send(helloReq())],
  ['onChangeReq', async (s) => (await s.join()).change({ room: { a: '1' } })],
  ['onActionReq', async (s) => (await s.join()).action('x')],
]

const throws = (thrown) => () => {
  throw thrown
}

export function hooks({ behaviour, repaired }) {
  behaviour('the hello hook is given server, request, id and socket, and the server as this', async (s) => {
    let seen
    s.wss.onHelloReq = async function (...args) {
      seen = {
        self: this,
        args,
        ss: { ...args[3].ss },
        readyState: args[3].readyState,
        isAlive: args[3].isAlive,
      }
      return { clientState: {}, readonly: false }
    }
    const client = await s.join()
    expect(seen.self).toBe(s.wss)
    expect(seen.args).toHaveLength(4)
    expect(seen.args[0]).toBe(s.differs('hook-server', s.pkg.wss, s.wss))
    expect(seen.args[2]).toBe(client.id)
    expect(seen.args[3]).toBe(s.wss.rooms.room.clients[client.id].ws)
    expect([seen.readyState, seen.isAlive]).toEqual([1, true])
    expect(seen.ss).toMatchObject({ status: 1, clientId: client.id, readonly: true })
  })

  behaviour('the hello request has its nine keys in order, undefined where absent', async (s) => {
    const seen = []
    s.wss.onHelloReq = async (_wss, req) => {
      seen.push(req)
      return { clientState: {}, readonly: false }
    }
    await s.join({ surprise: 1 })
    await s.join({
      readonly: true,
      clientState: { b: '1', a: '2' },
      clientName: 'n',
      clientType: 't',
      clientCredential: 'c',
      roomCredential: 'r',
    })
    expect(seen.map((req) => Object.keys(req))).toEqual([HELLO_KEYS, HELLO_KEYS])
    expect(seen[0]).toStrictEqual({
      ...helloReq(),
      roomCredential: undefined,
      clientCredential: undefined,
      clientType: undefined,
      clientName: undefined,
      readonly: undefined,
    })
    expect(Object.values(seen[1])).toEqual([
      'websocket-room-server:1',
      'test:1',
      'room',
      'r',
      'c',
      't',
      'n',
      { b: '1', a: '2' },
      true,
    ])
    expect(Object.keys(seen[1].clientState)).toEqual(['b', 'a'])
  })

  behaviour(
    'the change hook is given server, request, room, id and client, and the server as this',
    async (s) => {
      let seen
      s.wss.onChangeReq = async function (...args) {
        seen = { self: this, args }
        return {}
      }
      const client = await s.join()
      client.change({ room: { a: '1' }, echo: true, surprise: 1 })
      await s.settle(client)
      const [wss, req, room, id, info] = seen.args
      expect([seen.self === s.wss, seen.args.length]).toEqual([true, 5])
      expect(wss).toBe(s.differs('hook-server', s.pkg.wss, s.wss))
      expect([room === s.wss.rooms.room, id, info === room.clients[id]]).toEqual([true, client.id, true])
      expect(Object.keys(req)).toEqual(['type', 'echo', 'roomChanges', 'clientChanges'])
      expect(req).toStrictEqual({
        type: 2,
        echo: true,
        roomChanges: [{ key: 'a', value: '1' }],
        clientChanges: undefined,
      })
    },
  )

  behaviour('the entries of a change request have key and value, nothing else', async (s) => {
    let seen
    s.wss.onChangeReq = async (_wss, req) => {
      seen = req
      return {}
    }
    const client = await s.join()
    client.change({ room: [{ key: 'a' }, { extra: 1, value: null, key: 'b' }], client: [] })
    await s.settle(client)
    expect(seen.roomChanges.map((entry) => Object.entries(entry))).toEqual([
      [
        ['key', 'a'],
        ['value', undefined],
      ],
      [
        ['key', 'b'],
        ['value', null],
      ],
    ])
    expect(seen).toStrictEqual({ ...seen, echo: undefined, clientChanges: [] })
  })

  behaviour(
    'the action hook is given server, request, room, id and client, and the server as this',
    async (s) => {
      let seen
      s.wss.onActionReq = async function (...args) {
        seen = { self: this, args }
        return null
      }
      const client = await s.join()
      await client.ask('look', { data: 'd', surprise: 1 })
      const [wss, req, room, id, info] = seen.args
      expect([seen.self === s.wss, seen.args.length, wss === s.wss]).toEqual([true, 5, true])
      expect([room === s.wss.rooms.room, id, info === room.clients[id]]).toEqual([true, client.id, true])
      expect(Object.keys(req)).toEqual(['type', 'action', 'id', 'data'])
      expect(req).toStrictEqual({ type: 4, action: 'look', id: undefined, data: 'd' })
    },
  )

  behaviour('room, client and socket are the same objects in every hook', async (s) => {
    const seen = []
    s.wss.onHelloReq = async (_wss, { clientState }, _id, sws) => {
      seen.push(sws)
      return { clientState, readonly: false }
    }
    s.wss.onChangeReq = async (_wss, _req, room, _id, info) => {
      seen.push(info.ws, room, info)
      return {}
    }
    s.wss.onActionReq = async (_wss, _req, room, _id, info) => seen.push(info.ws, room, info)
    const left = gate()
    s.wss.onLeave = (_wss, room, _id, info) => left.open(seen.push(info.ws, room, info))
    const client = await s.join()
    await client.change({}).ask('x')
    await client.terminate()
    await left.promise
    const [sws, sameSws, room, info, ...others] = seen
    expect(sameSws).toBe(sws)
    for (const [i, object] of others.entries()) expect(object).toBe([sws, room, info][i % 3])
    expect(others).toHaveLength(6)
  })

  behaviour('hooks may be plain functions and need not return promises', async (s) => {
    s.wss.onHelloReq = (_wss, { clientState }) => ({ clientState, readonly: false })
    s.wss.onChangeReq = (_wss, { roomChanges }) => ({ roomChanges, echo: true })
    s.wss.onActionReq = () => 'done'
    const client = await s.join()
    client.change({ room: { a: '1' } })
    expect(await client.next()).toMatchObject({ roomChanges: [{ key: 'a', value: '1' }] })
    expect(await client.ask('x')).toBe('done')
  })

  behaviour('hooks may return anything with then', async (s) => {
    s.wss.onActionReq = () => ({ then: (resolve) => resolve('done') })
    const client = await s.join()
    expect(await client.ask('x')).toBe('done')
  })

  behaviour('hooks may be set, replaced and unset at any time', async (s) => {
    const client = await s.join()
    for (const answer of ['one', 'two']) {
      s.wss.onActionReq = async () => answer
      expect(await client.ask('x')).toBe(answer)
    }
    s.wss.onChangeReq = async () => ({ roomChanges: [{ key: 'a', value: 'hooked' }], echo: true })
    client.change({ room: { a: '1' } })
    expect((await client.next()).roomChanges[0].value).toBe('hooked')
    s.wss.onChangeReq = undefined
    client.change({ room: { a: '1' }, echo: true })
    expect((await client.next()).roomChanges[0].value).toBe('1')
    s.wss.onActionReq = undefined
    client.action('x')
    expect((await client.closed).reason).toBe('error: unhandled actions')
  })

  behaviour('what the hello hook changes in the request takes effect', async (s) => {
    s.wss.onHelloReq = async (_wss, req) => {
      Object.assign(req, {
        roomId: 'elsewhere',
        roomProtocol: 'new',
        clientName: 'Name',
        clientType: 'Type',
        protocol: 'x',
      })
      req.clientState.seat = '3'
      delete req.clientState.secret
      return { clientState: req.clientState, readonly: false }
    }
    const client = await s.join({ clientState: { secret: 'x', a: '1' } })
    expect(client.welcome).toMatchObject({ protocol: 'websocket-room-server:1', roomProtocol: 'new' })
    expect(client.welcome.clients[client.id]).toEqual({
      clientState: { a: '1', seat: '3' },
      clientName: 'Name',
      clientType: 'Type',
    })
    expect(Object.keys(s.wss.rooms)).toEqual(['elsewhere'])
  })

  behaviour('the hello hook decides who is readonly', async (s) => {
    s.wss.onHelloReq = async (_wss, req) => ({ clientState: req.clientState, readonly: !req.readonly })
    const writer = await s.join({ readonly: true })
    const reader = await s.join({ readonly: false })
    expect([writer.welcome.readonly, reader.welcome.readonly]).toEqual([false, true])
    expect(Object.keys(reader.welcome.clients)).toEqual([writer.id])
  })

  behaviour(
    'a hello hook that says nothing of readonly makes a writer, and readonly is left out',
    async (s) => {
      s.wss.onHelloReq = async () => ({ clientState: { a: '1' } })
      const client = await s.join({ readonly: true })
      expect(client.welcome).not.toHaveProperty('readonly')
      expect(client.welcome.clients[client.id]).toEqual({ clientState: { a: '1' } })
    },
  )

  behaviour('a hello hook without clientState: the client is listed without one', async (s) => {
    s.wss.onHelloReq = async () => ({ readonly: false })
    const client = await s.join({ clientState: { a: '1' } })
    expect(client.welcome.clients[client.id]).toEqual(
      s.differs('client-state-not-an-object', {}, { clientState: {} }),
    )
  })

  behaviour('the change hook may put other changes in place of those asked for', async (s) => {
    s.wss.onChangeReq = async () => ({
      roomChanges: [{ key: 'b', value: '2' }, { key: 'c' }],
      clientChanges: [{ key: 'd', value: '4' }],
    })
    const [client, other] = await s.joinAll(2)
    client.change({ room: { a: '1' } })
    const text = '{"type":3,"roomChanges":[{"key":"b","value":"2"},{"key":"c"}]'
    expect(await other.nextText()).toBe(`${text},"updateClients":{"${client.id}":[{"key":"d","value":"4"}]}}`)
    expect(Object.entries(s.wss.rooms.room.state)).toEqual([
      ['b', '2'],
      ['c', undefined],
    ])
    expect({ ...s.wss.rooms.room.clients[client.id].clientState }).toEqual({ d: '4' })
  })

  behaviour('a change hook that returns {} changes nothing, but the others are told so', async (s) => {
    s.wss.onChangeReq = async () => ({})
    const [client, other] = await s.joinAll(2)
    client.change({ room: { a: '1' } })
    expect(await other.nextText()).toBe('{"type":3,"updateClients":{}}')
    expect({ ...s.wss.rooms.room.state }).toEqual({})
  })

  behaviour('the change hook decides about the echo, whatever was asked for', async (s) => {
    s.wss.onChangeReq = async (_wss, { echo, roomChanges }) => ({ roomChanges, echo: !echo })
    const client = await s.join()
    client.change({ room: { a: 'asked' }, echo: true }).change({ room: { a: 'not asked' } })
    expect((await client.next()).roomChanges[0].value).toBe('not asked')
    await s.settle(client)
  })

  behaviour('a change hook that says nothing of the echo makes none', async (s) => {
    s.wss.onChangeReq = async (_wss, { roomChanges }) => ({ roomChanges })
    const client = await s.join()
    client.change({ room: { a: '1' }, echo: true })
    await s.settle(client)
    expect({ ...s.wss.rooms.room.state }).toEqual({ a: '1' })
  })

  behaviour(
    'the change hook is called for empty requests; nobody is told unless the request has changes',
    async (s) => {
      let calls = 0
      s.wss.onChangeReq = async () => ({ roomChanges: [{ key: 'calls', value: `${++calls}` }], echo: true })
      const [client, other] = await s.joinAll(2)
      client.change({}).change({ room: [] })
      expect((await other.next()).roomChanges).toEqual([{ key: 'calls', value: '2' }])
      expect({ ...s.wss.rooms.room.state }).toEqual({ calls: '2' })
    },
  )

  behaviour('whether anybody is told depends on the request as the change hook leaves it', async (s) => {
    s.wss.onChangeReq = async (_wss, req) => {
      const { roomChanges } = req
      if (roomChanges?.[0].key === 'silent') req.roomChanges = undefined
      else if (!roomChanges) req.clientChanges = []
      return { roomChanges, echo: true }
    }
    const client = await s.join()
    client.change({ room: { silent: '1' } }).change({})
    expect(await client.nextText()).toBe('{"type":3,"updateClients":{}}')
    expect({ ...s.wss.rooms.room.state }).toEqual({ silent: '1' })
  })

  behaviour('a change hook may turn the changes of a readonly client into none', async (s) => {
    s.wss.onChangeReq = async () => ({ roomChanges: [], clientChanges: [{ key: 'tried', value: '1' }] })
    const reader = await s.join({ readonly: true })
    reader.change({ room: { a: '1' } })
    await s.settle(reader)
    expect({ ...s.wss.rooms.room.clients[reader.id].clientState }).toEqual({ tried: '1' })
  })

  behaviour('a change hook cannot make a readonly client change the room', async (s) => {
    s.wss.onChangeReq = async () => ({ roomChanges: [{ key: 'a', value: '1' }] })
    const reader = await s.join({ readonly: true })
    reader.change({})
    expect((await reader.closed).reason).toBe('error: readonly client cannot change room state')
    expect({ ...s.wss.rooms.room.state }).toEqual({})
  })

  behaviour('values of every JSON kind in the result of a change hook are stored and told', async (s) => {
    const values = [1.5, true, null, { deep: [1, { x: 'y' }] }, ['a']]
    const roomChanges = values.map((value, i) => ({ key: `k${i}`, value }))
    s.wss.onChangeReq = async () => ({ roomChanges, echo: true })
    const client = await s.join()
    client.change({ room: [] })
    expect((await client.next()).roomChanges).toEqual(roomChanges)
    expect((await s.join()).welcome.roomState).toEqual(
      Object.fromEntries(roomChanges.map(({ key, value }) => [key, value])),
    )
  })

  behaviour('the change hook sees the room before the change', async (s) => {
    const seen = []
    s.wss.onChangeReq = async (_wss, { roomChanges }, room) => {
      seen.push(room.state.n)
      return { roomChanges }
    }
    const client = await s.join()
    for (const n of ['1', '2', '3']) await s.settle(client.change({ room: { n } }))
    expect(seen).toEqual([undefined, '1', '2'])
  })

  repaired(
    'pipelined-hooks',
    'so it does when the changes came in one packet, unless a hook waits',
    async (s) => {
      const seen = []
      s.wss.onChangeReq = async (_wss, { roomChanges }, room) => {
        seen.push(room.state.n)
        return { roomChanges, echo: true }
      }
      const client = await s.joinRaw()
      client.write(
        ...[1, 2, 3].map((n) => frame(JSON.stringify(changeReq({ room: { n: `${n}` }, echo: true })))),
      )
      for (let i = 0; i < 3; i++) await client.nextFrame()
      expect(seen).toEqual([undefined, '1', '2'])
    },
  )

  behaviour('a hook may write to the request without writing to the room', async (s) => {
    s.wss.onChangeReq = async (_wss, { roomChanges }) => {
      setImmediate(() => (roomChanges[0].value = 'later'))
      return { roomChanges, echo: true }
    }
    const client = await s.join()
    client.change({ room: { a: '1' } })
    expect((await client.next()).roomChanges[0].value).toBe('1')
    await s.settle(client)
    expect(s.wss.rooms.room.state.a).toBe('1')
  })

  behaviour('a message while the hello hook runs closes the connection', async (s) => {
    const slow = gate()
    s.wss.onHelloReq = async () => slow.promise
    const client = await s.connect()
    client.send(helloReq()).change({ room: { a: '1' } })
    expect(await client.closed).toEqual({
      code: 1002,
      reason: 'error: received message while processing hello',
    })
    slow.fail(new Error('too late'))
  })

  behaviour('so does one in the same packet, even when the hello hook does not wait', async (s) => {
    s.wss.onHelloReq = async () => ({ clientState: {}, readonly: false })
    const client = await s.dial()
    await client.upgrade()
    client.write(frame(JSON.stringify(helloReq())), frame(JSON.stringify(changeReq({ room: { a: '1' } }))))
    expect((await client.nextClose()).reason).toBe('error: received message while processing hello')
  })

  behaviour('a hello hook may close the connection itself', async (s) => {
    s.wss.onHelloReq = async (_wss, _req, _id, sws) => {
      sws.send('"sorry"')
      sws.close(4403, 'forbidden')
      throw new Error('not used')
    }
    const client = await s.connect()
    client.send(helloReq())
    expect(await client.next()).toBe('sorry')
    expect(await client.closed).toEqual({ code: 4403, reason: 'forbidden' })
    expect(Object.keys(s.wss.rooms)).toEqual([])
  })

  behaviour('a room that a hello hook made stays when the hook then throws', async (s) => {
    s.wss.onHelloReq = async () => {
      s.wss.rooms.made = { id: 'made', clients: {}, state: { a: '1' } }
      throw new Error('changed my mind')
    }
    const client = await s.connect()
    client.send(helloReq({ roomId: 'made' }))
    await client.closed
    expect([
      Object.keys(s.wss.rooms),
      { ...s.wss.rooms.made.state },
      Object.keys(s.wss.rooms.made.clients),
    ]).toEqual([['made'], { a: '1' }, []])
  })

  behaviour('what was sent to a client before its hook throws still reaches it', async (s) => {
    s.wss.onActionReq = async (_wss, _req, _room, _id, { ws }) => {
      ws.send('"one"')
      ws.send('"two"')
      throw new Error('stop')
    }
    const client = await s.join()
    client.action('x')
    expect(await client.take(2)).toEqual(['one', 'two'])
    expect(await client.closed).toEqual({ code: 1002, reason: 'error: stop' })
  })

  behaviour('a change whose hook throws is not made', async (s) => {
    s.wss.onChangeReq = async () => Promise.reject(new Error('no'))
    const [client, other] = await s.joinAll(2)
    client.change({ room: { a: '1' } })
    await client.closed
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
    expect({ ...s.wss.rooms.room.state }).toEqual({})
  })

  for (const [hook, provoke] of HOOKS) {
    for (const [what, thrown, reason] of THROWN) {
      behaviour(
        `${hook} throws or rejects with ${what}: the reason of the close is "${reason}"`,
        async (s) => {
          for (const fail of [throws(thrown), async () => Promise.reject(thrown)]) {
            s.wss[hook] = fail
            expect(await (await provoke(s)).closed).toEqual({ code: 1002, reason })
            s.wss[hook] = undefined
          }
        },
      )
    }

    for (const [what, thrown, readable] of THROWN_WITHOUT_MESSAGE) {
      behaviour(`${hook} throws ${what}, which has no message`, async (s) => {
        s.wss[hook] = throws(thrown)
        const { code, reason } = await (await provoke(s)).closed
        expect(code).toBe(1002)
        expect(reason).toMatch(s.differs('thrown-values', /^error: undefined$/, readable))
      })
    }
  }
}
