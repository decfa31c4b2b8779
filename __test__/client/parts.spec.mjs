/** The parts of the client that need no socket: by tables, and by a clock that is set by hand. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect } from '@cgreenhalgh/websocket-room-server/client'
import { Liveness } from '../../src/js/client/liveness.mjs'
import { LiveRoom } from '../../src/js/client/live-room.mjs'
import { Backoff } from '../../src/js/client/reconnect.mjs'
import { Session } from '../../src/js/client/session.mjs'
import { toUrl } from '../../src/js/client/url.mjs'

describe('addresses', () => {
  afterEach(() => vi.unstubAllGlobals())

  test.each([
    ['ws://host/wss', 'ws://host/wss'],
    ['https://host:81/a/wss?x=1#part', 'wss://host:81/a/wss?x=1'],
    [new URL('http://host/wss'), 'ws://host/wss'],
    [{ base: 'https://host' }, 'wss://host/wss'],
    [{ base: 'https://host/app/?x#y' }, 'wss://host/app/wss'],
    [{ base: new URL('http://host/app'), path: 'live' }, 'ws://host/app/live'],
  ])('%s is %s', (target, url) => expect(toUrl(target)).toBe(url))

  test.each([
    ['/wss', 'wss://page.org/wss'],
    [{ base: '' }, 'wss://page.org/wss'],
    [{ base: '/app' }, 'wss://page.org/app/wss'],
    [{ base: '.' }, 'wss://page.org/shop/wss'],
  ])('in a page %j is %s', (target, url) => {
    vi.stubGlobal('location', { href: 'https://page.org/shop/cart?x' })
    expect(toUrl(target)).toBe(url)
  })

  test.each(['/wss', '', 'mailto:a', 'ftp://host/wss', undefined, null, 7, { base: '/app' }])(
    '%j is refused',
    (target) => {
      const WebSocket = class {}
      expect(() => connect(target, {}, { WebSocket })).toThrow(expect.objectContaining({ code: 'BAD_URL' }))
    },
  )

  test('where there is no WebSocket this is said', () => {
    vi.stubGlobal('WebSocket', undefined)
    const error = expect.objectContaining({ code: 'NO_WEBSOCKET', name: 'RoomClientError' })
    expect(() => connect('ws://host/wss', {})).toThrow(error)
  })
})

describe('waiting for the next attempt', () => {
  const waits = (when, random, options) => {
    const backoff = new Backoff(options, () => random)
    return Array.from({ length: 8 }, () => backoff.next(when))
  }

  test.each([
    ['soon', 0, [0, 0, 0, 0, 0, 0, 0, 0]],
    ['soon', 1, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]],
    ['later', 0, [1000, 2000, 4000, 8000, 15000, 15000, 15000, 15000]],
    ['later', 1, [2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000]],
  ])('%s, with a lot of %i', (when, random, expected) => expect(waits(when, random)).toEqual(expected))

  test('after a good connection it begins anew; after enough attempts it gives up', () => {
    const backoff = new Backoff({ minMs: 10, maxMs: 15, maxAttempts: 2 }, () => 1)
    const tries = () => [backoff.next('soon'), backoff.next('soon'), backoff.next('soon')]
    expect(tries()).toEqual([10, 15, undefined])
    backoff.reset()
    expect(tries()).toEqual([10, 15, undefined])
  })
})

describe('a connection that is dead', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  const watched = (awaiting = () => true, afterMs = 1000) => {
    const frozen = vi.fn()
    return { liveness: new Liveness(afterMs, awaiting, frozen), frozen }
  }

  test('is noticed when nothing has come for so long', () => {
    const { liveness, frozen } = watched()
    liveness.watch()
    vi.advanceTimersByTime(999)
    liveness.watch()
    expect(frozen).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(frozen).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('whatever comes puts it off', () => {
    const { liveness, frozen } = watched()
    liveness.watch()
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(900)
      liveness.heard()
    }
    expect(frozen).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1000)
    expect(frozen).toHaveBeenCalledOnce()
  })

  test('is nobody’s business where nothing is awaited, was never asked for, or no longer', () => {
    const nothing = watched(() => false)
    const never = watched(() => true, Infinity)
    const over = watched()
    for (const { liveness } of [nothing, never, over]) liveness.watch()
    over.liveness.stop()
    vi.advanceTimersByTime(10_000)
    for (const { frozen } of [nothing, never, over]) expect(frozen).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a session', () => {
  const grant = (outcome, received = 0, token = outcome) => ({ outcome, received, token, ms: 30_000 })
  const granted = (limit = 1000) => {
    const session = new Session(limit)
    session.welcome(grant('new'))
    return session
  }
  const push = (session, ...texts) => texts.map((text) => session.push(text))

  test('without a grant counts nothing and holds nothing', () => {
    const session = new Session(1000)
    expect(session.welcome()).toEqual({ outcome: 'new', received: 0, missing: 0, held: [] })
    push(session, 'a', 'b')
    session.heard()
    expect(session).toMatchObject({ resumable: false, awaiting: false, request: {} })
    expect(session.welcome(grant('replayed', 7))).toMatchObject({ outcome: 'new', held: [] })
  })

  test('asks for what it has got, with the newest token', () => {
    const session = granted()
    for (let i = 0; i < 3; i++) session.heard()
    expect(session.request).toEqual({ token: 'new', received: 3 })
    session.welcome(grant('replayed'))
    expect(session.request).toEqual({ token: 'replayed', received: 3 })
    session.heard()
    session.welcome(grant('snapshot'))
    expect(session.request).toEqual({ token: 'snapshot', received: 0 })
    session.welcome(grant('new', 0, 'other'))
    expect(session.request).toEqual({ token: 'other', received: 0 })
  })

  test('numbers what it sends, and holds it until it is acknowledged', () => {
    const session = granted()
    expect(push(session, 'a', 'b', 'c')).toEqual([1, 2, 3])
    session.acknowledge(2)
    session.acknowledge(1)
    expect(session.awaiting).toBe(true)
    expect(session.welcome(grant('replayed', 2))).toMatchObject({ received: 2, held: ['c'], missing: 0 })
    session.acknowledge(99)
    expect(session.awaiting).toBe(false)
    expect(push(session, 'd')).toEqual([4])
    expect(session.welcome(grant('snapshot', 3))).toMatchObject({ received: 3, held: ['d'] })
    expect(push(session, 'e')).toEqual([5])
  })

  test('past the limit the oldest are let go; the next welcome says whether that was a loss', () => {
    const session = granted(3)
    push(session, 'a', 'b', 'c', 'd', 'e')
    expect([session.hasRoomFor(''), session.hasRoomFor('x')]).toEqual([true, false])
    expect(session.welcome(grant('replayed', 4))).toMatchObject({ received: 4, held: ['e'], missing: 0 })
    push(session, 'f', 'g', 'h', 'much too long')
    // The server has 4; e to h and the long one are its 5 to 9, of which none is held: its next message is number 5.
    expect(session.welcome(grant('replayed', 4))).toMatchObject({ received: 4, held: [], missing: 5 })
    expect(push(session, 'i')).toEqual([5])
    expect(session.hasRoomFor('jk')).toBe(true)
  })

  test('that is over tells what it held, and how much more there was', () => {
    const session = granted(2)
    push(session, 'a', 'b', 'c', 'd')
    session.acknowledge(1)
    expect(session.welcome(grant('new'))).toEqual({
      outcome: 'new',
      received: 1,
      missing: 1,
      held: ['c', 'd'],
    })
    expect(session.awaiting).toBe(false)
    expect(push(session, 'e')).toEqual([1])
    expect(session.welcome()).toMatchObject({ outcome: 'new', held: ['e'] })
    expect(session.resumable).toBe(false)
  })
})

describe('the room as told', () => {
  const welcome = { roomState: { a: '1' }, clients: { x: { clientName: 'X', clientState: {} } } }

  test('is copied only where somebody has looked', () => {
    const room = new LiveRoom()
    room.reset(welcome)
    const seen = room.state
    room.apply({ roomChanges: [{ key: 'b', value: '2' }] })
    const next = room.state
    expect([seen, next]).toEqual([{ a: '1' }, { a: '1', b: '2' }])
    expect(seen).not.toBe(next)
    room.apply({ updateClients: { x: [] }, roomChanges: [] })
    expect(room.state).toBe(next)
  })

  test('a client that is told of is another object; unknown ones are passed over', () => {
    const room = new LiveRoom()
    room.reset(welcome)
    const before = room.clients
    room.apply({ updateClients: { x: [{ key: 'k', value: 'v' }], y: [{ key: 'k', value: 'v' }] } })
    expect(room.clients).toEqual({ x: { clientName: 'X', clientState: { k: 'v' } } })
    expect(before).toEqual(welcome.clients)
    room.apply({ removeClients: ['x', 'y'] })
    expect(room.clients).toEqual({})
  })

  test('keys and ids are data', () => {
    const room = new LiveRoom()
    room.reset({
      roomState: JSON.parse('{"__proto__":"1"}'),
      clients: JSON.parse('{"__proto__":{"clientState":{}}}'),
    })
    room.apply({ roomChanges: [{ key: 'constructor', value: '2' }] })
    expect(Object.entries(room.state)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ])
    expect(Object.keys(room.clients)).toEqual(['__proto__'])
    expect(room.state.toString).toBeUndefined()
    room.apply({ roomChanges: [{ key: '__proto__' }] })
    expect(Object.keys(room.state)).toEqual(['constructor'])
  })
})
