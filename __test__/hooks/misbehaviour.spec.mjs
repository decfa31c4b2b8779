/**
 * Hooks that throw, return and do what they should not: what becomes of the client, and that nobody else notices. That no hook ends
 * the process goes without saying in each: an error that escapes fails the run.
 */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { gate, Inbox } from '../support/inbox.mjs'
import { pkg, staged } from '../support/lifecycle.mjs'
import { untouchable, revoked, THENABLES, THROWN, VALUES } from './things.mjs'

const { MESSAGE_TYPE } = pkg
const answer = (req) => ({ type: MESSAGE_TYPE.ACTION_RESP, id: req.id, success: true })

/** The hooks for which a client waits: what makes them run, and what the client gets when they fail. */
const ASKED = {
  onHelloReq: {
    run: (s) => s.connect().then((client) => client.send({ ...hello, roomId: 'asked' })),
    code: 1002,
  },
  onLoadRoom: {
    run: (s) => s.connect().then((client) => client.send({ ...hello, roomId: 'asked' })),
    code: 4102,
  },
  onChangeReq: {
    run: (s) => s.join({ roomId: 'asked' }).then((client) => client.change({ room: { a: '1' } })),
    code: 1002,
  },
  onActionReq: {
    run: (s) => s.join({ roomId: 'asked' }).then((client) => client.action('a', { id: '1' })),
    code: 1002,
  },
}

/** Those for which nobody waits. */
const TOLD = ['onJoin', 'onLeave', 'onDisposeRoom']

const hello = { protocol: pkg.PROTOCOL, roomProtocol: 'test:1', clientState: {} }

/** Somebody in another room is served as ever. */
async function others(s, witness) {
  witness.change({ client: { still: 'here' }, echo: true })
  expect((await witness.next()).updateClients[witness.id]).toEqual([{ key: 'still', value: 'here' }])
}

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
afterEach(() => vi.restoreAllMocks())

describe.each(Object.entries(ASKED))('%s', (name, { run, code }) => {
  for (const [what, [make, reason]] of Object.entries(THROWN)) {
    for (const [how, fail] of [
      [
        'throws',
        (thrown) => {
          throw thrown
        },
      ],
      ['rejects with', (thrown) => Promise.reject(thrown)],
    ])
      staged(`${how} ${what}: its client is told, onError gets it`, async (s) => {
        const told = new Inbox()
        const witness = await s.join()
        s.wss.onError = (_wss, error, where) => told.push([typeof error, where.hook])
        s.wss[name] = () => fail(make())
        const client = await run(s)
        expect(await client.closed).toEqual({ code, reason })
        expect(await told.take()).toEqual([typeof make(), name])
        s.wss[name] = undefined
        await others(s, witness)
        expect(Object.keys(s.wss.rooms.asked?.clients ?? {})).toEqual([])
      })
  }

  for (const [what, thenable] of Object.entries(THENABLES))
    staged(`a thenable that ${what} counts once`, async (s) => {
      s.wss[name] = (_wss, req) =>
        thenable(name === 'onLoadRoom' ? {} : name === 'onActionReq' ? answer(req) : { ...req, echo: true })
      const client = await run(s)
      expect((await client.next()).type).toBe({ onChangeReq: 3, onActionReq: 5 }[name] ?? 1)
      await client.quiet()
    })

  staged('a thenable whose then throws, or can’t even be looked up, fails', async (s) => {
    for (const made of [
      {
        then() {
          throw new Error('no')
        },
      },
      untouchable(),
      revoked(),
    ]) {
      s.wss[name] = () => made
      expect((await (await run(s)).closed).code).toBe(code)
      s.wss[name] = undefined
    }
  })

  staged(
    'never settles: its time limit answers in its place, and what it gives later is dropped',
    async (s) => {
      const late = gate()
      s.wss[name] = () => late.promise
      const client = await run(s)
      expect(await client.closed).toEqual({ code, reason: `error: ${name} timed out` })
      late.open({ clientState: {}, roomChanges: [{ key: 'late', value: '1' }], type: 5 })
      s.wss[name] = undefined
      const joiner = await s.join({ roomId: 'asked' })
      expect(joiner.welcome.roomState.late).toBe(undefined)
    },
    { options: { hookTimeoutMs: 50 } },
  )
})

/** For each hook, which of VALUES are taken; all others are errors that name the hook. */
const TAKEN = {
  onHelloReq: [
    'an empty array',
    'an empty object',
    'a date',
    'a map',
    'bytes',
    'an object in a circle',
    'a toJSON that throws',
    'changes of wrong types',
    'changes that throw',
  ],
  onChangeReq: [
    'an empty array',
    'an empty object',
    'a date',
    'a map',
    'bytes',
    'an object in a circle',
    'a toJSON that throws',
    'members that throw',
  ],
}

describe.each(Object.keys(TAKEN))('%s returns', (name) => {
  for (const [what, make] of Object.entries(VALUES))
    staged(`${what}: ${TAKEN[name].includes(what) ? 'what it has is taken' : 'an error'}`, async (s) => {
      const witness = await s.join()
      s.wss[name] = () => make()
      const client = await ASKED[name].run(s)
      if (TAKEN[name].includes(what)) {
        if (name === 'onHelloReq') expect(await client.next()).toMatchObject({ type: 1, clients: {} })
        await client.ping()
      } else {
        const { code, reason } = await client.closed
        expect([code, reason]).toEqual([1002, expect.stringMatching(/^error: /)])
      }
      s.wss[name] = undefined
      await others(s, witness)
    })
})

describe('onActionReq returns', () => {
  const unreadable = [
    'a bigint',
    'an object in a circle',
    'a bigint within',
    'a toJSON that throws',
    'members that throw',
    'changes that throw',
    'a proxy that throws',
    'a revoked proxy',
  ]
  for (const [what, make] of Object.entries(VALUES))
    staged(`${what}: ${unreadable.includes(what) ? 'an error' : 'its JSON is sent'}`, async (s) => {
      s.wss.onActionReq = () => make()
      const client = await ASKED.onActionReq.run(s)
      if (unreadable.includes(what)) return expect((await client.closed).code).toBe(1002)
      const unhandled = JSON.stringify({ type: 5, id: '1', success: false, msg: 'unhandled action' })
      expect(await client.nextText()).toBe(JSON.stringify(make()) ?? unhandled)
    })
})

describe('onLoadRoom returns', () => {
  const unusable = [
    'an object in a circle',
    'a bigint within',
    'members that throw',
    'changes that throw',
    'a proxy that throws',
    'a revoked proxy',
  ]
  for (const [what, make] of Object.entries(VALUES))
    staged(`${what}: ${unusable.includes(what) ? 'nobody enters' : 'the room is there'}`, async (s) => {
      s.wss.onLoadRoom = () => make()
      const client = await ASKED.onLoadRoom.run(s)
      if (unusable.includes(what)) return expect((await client.closed).code).toBe(4102)
      expect(await client.next()).toMatchObject({ type: 1 })
    })
})

describe.each(TOLD)('%s', (name) => {
  /** What a client, or its room, passes through when the hook runs. */
  async function pass(s) {
    const client = await s.join({ roomId: 'told' })
    // Who goes before its turn comes has no join.
    if (name !== 'onJoin') await client.close()
    if (name === 'onDisposeRoom') s.wss.closeRoom('told')
  }

  for (const [what, [make]] of Object.entries(THROWN))
    staged(`throws ${what}: onError gets it, nobody else notices`, async (s) => {
      const told = new Inbox()
      const witness = await s.join()
      s.wss.onError = (_wss, error, where) => told.push([typeof error, where.hook])
      s.wss[name] = () => {
        throw make()
      }
      await pass(s)
      expect(await told.take()).toEqual([typeof make(), name])
      await others(s, witness)
    })

  for (const [what, make] of Object.entries(VALUES))
    staged(`returns ${what}: nothing is made of it`, async (s) => {
      const called = new Inbox()
      const witness = await s.join()
      s.wss[name] = () => {
        called.push(name)
        return make()
      }
      await pass(s)
      await called.take()
      await others(s, witness)
    })
})

describe('onError', () => {
  for (const [what, [make]] of Object.entries(THROWN))
    staged(`throws ${what}: a line on stderr`, async (s) => {
      s.wss.onError = () => {
        throw make()
      }
      s.wss.onActionReq = () => {
        throw new Error('first')
      }
      const client = await ASKED.onActionReq.run(s)
      expect(await client.closed).toEqual({ code: 1002, reason: 'error: first' })
      expect(console.error.mock.lastCall[0]).toMatch(/^onError failed:/)
    })

  staged('is not called for its own errors, and may never settle', async (s) => {
    let calls = 0
    s.wss.onError = () => {
      calls += 1
      return calls > 1 ? new Promise(() => {}) : Promise.reject(new Error('again'))
    }
    s.wss.onActionReq = () => Promise.reject(new Error('first'))
    for (const expected of [1, 2]) {
      expect((await (await ASKED.onActionReq.run(s)).closed).code).toBe(1002)
      expect(calls).toBe(expected)
    }
  })
})

describe('a hook ends what it is called for', () => {
  const ENDS = {
    closeRoom: (wss, id) => wss.closeRoom(id, 'over'),
    ejectClient: (wss, id, clientId) => wss.ejectClient(id, clientId, 'out'),
    'closeRoom, ejectClient and delete': (wss, id, clientId) => {
      wss.ejectClient(id, clientId)
      wss.closeRoom(id)
      delete wss.rooms[id]
    },
    'delete, closeRoom': (wss, id) => {
      delete wss.rooms[id]
      wss.closeRoom(id)
    },
    'a room in its place': (wss, id) => void (wss.rooms[id] = { id, clients: {}, state: {} }),
  }
  for (const [what, end] of Object.entries(ENDS))
    for (const name of ['onChangeReq', 'onActionReq', 'onJoin', 'onLeave', 'onDisposeRoom'])
      staged(`${name}: ${what}`, async (s) => {
        const witness = await s.join()
        const called = gate()
        s.wss[name] = (wss, ...args) => {
          const room = args.find((arg) => arg?.state) ?? {}
          const clientId = args.find((arg) => typeof arg === 'string')
          end(wss, room.id, clientId)
          called.open()
          return name === 'onActionReq' ? answer(args[0]) : {}
        }
        const client = await s.join({ roomId: 'asked' })
        if (name === 'onChangeReq') client.change({ room: { a: '1' } })
        if (name === 'onActionReq') client.action('a')
        if (name === 'onLeave') await client.close()
        if (name === 'onDisposeRoom') s.wss.closeRoom('asked')
        await called.promise
        s.wss[name] = undefined
        await others(s, witness)
        // The room's next life is like the first.
        await s.wss.closeRoom('asked')
        const next = await s.join({ roomId: 'asked' })
        expect(Object.keys(next.welcome.clients)).toEqual([next.id])
        expect(next.welcome.roomState).toEqual({})
      })
})

describe('hooks that are changed while they run', () => {
  staged('what has begun ends as it began; what comes next meets the new one', async (s) => {
    const running = new Inbox()
    s.wss.onActionReq = (_wss, req) =>
      new Promise((done) => running.push(() => done({ ...answer(req), msg: 'old' })))
    const client = await s.join()
    client.action('first', { id: '1' })
    const finish = await running.take()
    s.wss.onActionReq = (_wss, req) => ({ ...answer(req), msg: 'new' })
    expect(await client.ask('second', { id: '2' })).toMatchObject({ id: '2', msg: 'new' })
    finish()
    expect(await client.next()).toMatchObject({ id: '1', msg: 'old' })
  })

  staged('one that is unset, or set to what is no function, is not there', async (s) => {
    for (const nothing of [undefined, null, 0, 'hook', {}, Symbol('hook')]) {
      const running = new Inbox()
      s.wss.onChangeReq = (_wss, req) => new Promise((done) => running.push(() => done(req)))
      const client = await s.join({ roomId: String(nothing) })
      client.change({ room: { first: '1' }, echo: true })
      const finish = await running.take()
      s.wss.onChangeReq = nothing
      client.change({ room: { second: '2' }, echo: true })
      expect((await client.next()).roomChanges[0].key).toBe('second')
      finish()
      expect((await client.next()).roomChanges[0].key).toBe('first')
    }
  })

  staged('a hook may replace itself', async (s) => {
    s.wss.onActionReq = function first(wss, req) {
      wss.onActionReq = (_wss, { id }) => ({ type: 5, id, success: false })
      return answer(req)
    }
    const client = await s.join()
    expect([(await client.ask('a')).success, (await client.ask('a')).success]).toEqual([true, false])
  })
})

test('all hooks of the declarations are in this file', () => {
  const wss = new pkg.WSS()
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(wss)).filter((name) => /^on[A-Z]/.test(name))
  const here = [...Object.keys(ASKED), ...TOLD, 'onError', 'onLog', 'onDrop', 'onResume']
  expect(names.sort()).toEqual(here.sort())
})
