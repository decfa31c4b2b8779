/** Tokens: what opens a session, for whom, and how often. */

import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { staged } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'
import { dropped, Session } from './session.mjs'

staged('a token is never given out twice and tells nothing of the next', async (s) => {
  const sessions = await Promise.all(Array.from({ length: 200 }, () => Session.join(s)))
  const secrets = sessions.map(({ token }) => Buffer.from(token, 'base64url'))
  expect(secrets.every((bytes) => bytes.length === 24)).toBe(true)
  const random = secrets.map((bytes) => bytes.subarray(8).toString('hex'))
  expect(new Set(random).size).toBe(200)
  // 200 * 128 random bits: half of them are set, give or take five standard deviations (80 each).
  const ones = random.join('').replace(/./g, (digit) => Number(`0x${digit}`).toString(2).replaceAll('0', ''))
  expect(Math.abs(ones.length - 12_800)).toBeLessThan(400)
})

staged('guesses open nothing and harm nobody', async (s) => {
  const session = await Session.join(s)
  await session.cut()
  await dropped(s.wss)
  const bytes = Buffer.from(session.token, 'base64url')
  const guesses = [
    '',
    'x',
    'ä',
    session.token.slice(0, 31),
    `${session.token}A`,
    `${session.token}=`,
    ...Array.from({ length: 24 }, (_, at) => {
      const guess = Buffer.from(bytes)
      guess[at] ^= 1
      return guess.toString('base64url')
    }),
    ...Array.from({ length: 20 }, () =>
      Buffer.concat([bytes.subarray(0, 8), randomBytes(16)]).toString('base64url'),
    ),
  ]
  for (const token of guesses) {
    const stranger = new Session(s)
    await stranger.connect({ token, received: 0 })
    expect(stranger.resume).toMatchObject({ outcome: 'new', received: 0 })
    await stranger.client.close(1000)
  }
  expect(s.wss.stats().resumes).toEqual({ replayed: 0, snapshot: 0, refused: guesses.length })
  await session.connect()
  expect(session.resume.outcome).toBe('replayed')
})

staged('a token is good for its room and its protocol only', async (s) => {
  const session = await Session.join(s, { roomId: 'a', roomProtocol: 'p:1' })
  const { token } = session
  for (const hello of [
    { roomId: 'b', roomProtocol: 'p:1' },
    { roomId: 'a', roomProtocol: 'p:2' },
  ]) {
    const other = new Session(s, hello)
    await other.connect({ token, received: 0 })
    expect(other.resume.outcome).toBe('new')
    expect(other.id).not.toBe(session.id)
    await other.client.close(1000)
  }
  await session.connect()
  expect(session.resume.outcome).toBe('replayed')
})

staged('a hello hook that chose another room does not break the way back', async (s) => {
  s.wss.onHelloReq = async (_wss, req) => {
    req.roomId = 'chosen'
    return { clientState: { by: 'hook' }, readonly: false }
  }
  const session = await Session.join(s, { roomId: 'asked' })
  await session.cut()
  await dropped(s.wss)
  s.wss.onHelloReq = () => {
    throw new Error('nobody else may join')
  }
  await session.connect()
  expect(session.resume.outcome).toBe('replayed')
  expect(s.wss.rooms.chosen.clients[session.id].clientState).toEqual({ by: 'hook' })
})

staged('a token is used up when the client shows the next one', async (s) => {
  const session = await Session.join(s)
  const first = session.token
  await session.connect()
  session.change({ room: { k: 'v' }, echo: true })
  await session.next()
  const thief = new Session(s)
  await thief.connect({ token: first, received: 0 })
  expect(thief.resume.outcome).toBe('new')
  expect(await session.next()).toMatchObject({ addClients: { [thief.id]: {} } })
  await session.connect()
  expect(session.resume).toMatchObject({ outcome: 'replayed', received: 1 })
})

staged('the old token stays good until the client has shown the new one', async (s) => {
  const session = await Session.join(s)
  const first = session.token
  for (let round = 0; round < 3; round++) {
    await session.connect({ token: first, received: 0 })
    expect(session.resume.outcome).toBe('replayed')
    await session.cut()
    await dropped(s.wss)
  }
  // One of the answers came all the same, and was the last.
  await session.connect()
  expect(session.resume.outcome).toBe('replayed')
})

staged(
  'a pong to a ping behind the answer shows it, too',
  async (s) => {
    const session = await Session.join(s)
    const first = session.token
    await session.connect()
    const { ws } = session.client
    for (let pings = 0; pings < 2; pings++) await new Promise((resolve) => ws.once('ping', resolve))
    const thief = new Session(s)
    await thief.connect({ token: first, received: 0 })
    expect(thief.resume.outcome).toBe('new')
  },
  { options: { heartbeatIntervalMs: 100 } },
)

staged('two that share a token by mistake do not take turns for ever', async (s) => {
  // A tab that was duplicated with all that it had stored.
  const one = await Session.join(s)
  const two = new Session(s)
  await two.connect({ token: one.token, received: 0 })
  expect(await one.client.closed).toMatchObject({ code: 4502 })
  two.change({ room: { k: 'v' }, echo: true })
  await two.next()
  await one.connect()
  expect(one.resume.outcome).toBe('new')
  expect(await two.next()).toMatchObject({ addClients: expect.anything() })
})

staged(
  'after the time there is no way back',
  async (s) => {
    const left = []
    s.wss.onLeave = (_wss, _room, id) => void left.push(id)
    const session = await Session.join(s)
    const witness = await s.join()
    await session.cut()
    expect(await witness.next()).toEqual({ type: 3, removeClients: [session.id] })
    await session.connect()
    expect(session.resume).toMatchObject({ outcome: 'new', ms: 50 })
    expect(left).toEqual(['connection:1'])
  },
  { options: { resumeMs: 50 } },
)

staged(
  'with resumeMs 0 nothing of it is there',
  async (s) => {
    const client = await s.connect()
    const welcome = await client.hello({ ext: { resume: {} } })
    expect(welcome.ext).toEqual({})
    const witness = await s.join()
    await client.terminate()
    expect(await witness.next()).toEqual({ type: 3, removeClients: [client.id] })
    const again = await s.connect()
    again.send({ type: 8, received: 0 })
    expect((await again.closed).code).toBe(1002)
  },
  { options: { resumeMs: 0 } },
)

staged('who does not ask sees nothing of it', async (s) => {
  const client = await s.connect()
  client.send(helloReq({ roomId: 'r', roomProtocol: 'p' }))
  expect(await client.nextText()).toBe(
    '{"type":1,"protocol":"websocket-room-server:1","roomProtocol":"p","clientId":"connection:1",' +
      '"clients":{"connection:1":{"clientState":{}}},"roomState":{},"readonly":false}',
  )
  const witness = await s.join({ roomId: 'r' })
  await client.next()
  client.send({ type: 8, received: 0 })
  expect(await client.closed).toEqual({ code: 1002, reason: 'error: Unhandled message type 8' })
  expect(await witness.next()).toEqual({ type: 3, removeClients: ['connection:1'] })
})
