/**
 * Hooks that throw, return and do what they should not: what becomes of the client, and that nobody else notices. That no hook ends
 * the process goes without saying in each: an error that escapes fails the run.
 */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { gate, Inbox } from '../support/inbox.mjs'
import { pkg, staged } from '../support/lifecycle.mjs'
import { answer, ASKED, TOLD } from './hooks.mjs'
import { untouchable, revoked, THENABLES, THROWN, VALUES } from './things.mjs'

const HOOKS = { ...ASKED, ...TOLD }

/** Ways to fail with something. */
const FAILURES = {
  throws: (thrown) => {
    throw thrown
  },
  'rejects with': (thrown) => Promise.reject(thrown),
}

/** Somebody in another room is served as ever. */
async function others(s, witness) {
  witness.change({ client: { still: 'here' }, echo: true })
  expect((await witness.next()).updateClients[witness.id]).toEqual([{ key: 'still', value: 'here' }])
}

/** The room has another life, which is like the first. */
async function livesOn(s) {
  await s.wss.closeRoom('asked')
  const next = await s.join({ roomId: 'asked' })
  expect(Object.keys(next.welcome.clients)).toEqual([next.id])
  expect(next.welcome.roomState).toEqual({})
}

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
afterEach(() => vi.restoreAllMocks())

describe.each(Object.entries(HOOKS))('%s', (name, { run, code }) => {
  for (const [what, [make, reason]] of Object.entries(THROWN))
    for (const [how, fail] of Object.entries(FAILURES))
      staged(`${how} ${what}: onError gets it, and whoever waits is told`, async (s) => {
        const told = new Inbox()
        const witness = await s.join()
        s.wss.onError = (_wss, error, where) => told.push([typeof error, where.hook])
        s.wss[name] = () => fail(make())
        const client = await run(s)
        if (code) expect(await client.closed).toEqual({ code, reason })
        expect(await told.take()).toEqual([typeof make(), name])
        s.wss[name] = undefined
        await others(s, witness)
        if (code) expect(Object.keys(s.wss.rooms.asked?.clients ?? {})).toEqual([])
      })
})

describe.each(Object.entries(ASKED))('%s', (name, { run, code }) => {
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

/** What a client gets of a value that is no error. */
const TAKEN = {
  onHelloReq: async (client) => expect(await client.next()).toMatchObject({ type: 1, clients: {} }),
  onLoadRoom: async (client) => expect(await client.next()).toMatchObject({ type: 1 }),
  onChangeReq: (client) => client.ping(),
  onActionReq: async (client, value) => {
    const unhandled = JSON.stringify({ type: 5, id: '1', success: false, msg: 'unhandled action' })
    expect(await client.nextText()).toBe(JSON.stringify(value) ?? unhandled)
  },
}

describe.each(Object.entries(HOOKS))('%s returns', (name, { run, code }) => {
  for (const [what, [make, failing]] of Object.entries(VALUES))
    staged(`${what}: ${failing.includes(name) ? 'an error' : 'what it has is taken'}`, async (s) => {
      const called = gate()
      const witness = await s.join()
      s.wss[name] = () => {
        called.open()
        return make()
      }
      const client = await run(s)
      await called.promise
      if (failing.includes(name)) {
        expect(await client.closed).toEqual({ code, reason: expect.stringMatching(/^error: /) })
      } else {
        await TAKEN[name]?.(client, make())
      }
      s.wss[name] = undefined
      await others(s, witness)
    })
})

describe.each(Object.entries(TOLD))('%s', (name, { run }) => {
  staged('does not settle: nobody waits for it', async (s) => {
    const [called, late] = [gate(), gate()]
    const witness = await s.join()
    s.wss[name] = () => {
      called.open()
      return late.promise
    }
    await run(s)
    await called.promise
    s.wss[name] = undefined
    await others(s, witness)
    await livesOn(s)
    // The end of the room server waits for some of them.
    late.open()
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
  const WAITING = ['onHelloReq', 'onLoadRoom']
  for (const [what, end] of Object.entries(ENDS))
    for (const [name, { run }] of Object.entries(HOOKS))
      staged(`${name}: ${what}`, async (s) => {
        const witness = await s.join()
        const called = gate()
        s.wss[name] = (wss, ...args) => {
          const roomId = args.find((arg) => arg?.state)?.id ?? 'asked'
          const clientId = args.find((arg) => typeof arg === 'string')
          end(wss, roomId, clientId)
          called.open()
          if (name === 'onHelloReq') return { clientState: {} }
          return name === 'onActionReq' ? answer(args[0]) : {}
        }
        const client = await run(s)
        await called.promise
        // Before it is called for the next life of the room, which it would end as well.
        s.wss[name] = undefined
        // In, or refused: who waits for the room would be in its next life.
        if (WAITING.includes(name)) await client.next().catch(() => client.closed)
        await others(s, witness)
        await livesOn(s)
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
  const here = [...Object.keys(HOOKS), 'onError', 'onLog']
  expect(names.sort()).toEqual(here.sort())
})
