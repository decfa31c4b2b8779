/** Counting, in both directions: ACKs, what they free, and what is an error. */

import { expect } from 'vitest'
import { staged } from '../support/lifecycle.mjs'
import { dropped, Session } from './session.mjs'

const FAST = { options: { heartbeatIntervalMs: 100 } }

staged(
  'heartbeats say what has come, once; answers free what is held',
  async (s) => {
    const session = await Session.join(s)
    for (let n = 0; n < 3; n++) session.change({ room: { n: String(n) }, echo: true })
    await session.take(3)
    expect(await session.nextAck()).toBe(3)
    session.ack()
    // Nothing new: no further ACK in the next heartbeats.
    const { ws } = session.client
    for (let pings = 0; pings < 3; pings++) await new Promise((resolve) => ws.once('ping', resolve))
    await session.client.quiet()
    await session.cut()
    await dropped(s.wss)
    // It said to have three: who says otherwise gets the whole room, never a part.
    const { token } = session
    await session.connect({ token, received: 2 })
    expect(session.resume).toMatchObject({ outcome: 'snapshot', received: 3 })
    expect(session.welcome.roomState).toEqual({ n: '2' })
  },
  FAST,
)

staged(
  'an idle client is sent no ACKs',
  async (s) => {
    const session = await Session.join(s)
    const { ws } = session.client
    for (let pings = 0; pings < 3; pings++) await new Promise((resolve) => ws.once('ping', resolve))
    await session.client.quiet()
  },
  FAST,
)

staged(
  'when half of what may be held is held the client is asked at once',
  async (s) => {
    const session = await Session.join(s)
    session.change({ room: { n: 'x'.repeat(6000) }, echo: true })
    expect(await session.client.next()).toMatchObject({ type: 3 })
    expect(await session.client.next()).toEqual({ type: 8, received: 1 })
  },
  { options: { resumeBytes: 10_000 } },
)

staged('messages in all forms count, control frames and ACKs do not', async (s) => {
  const session = await Session.join(s)
  session.client.sendBinary(JSON.stringify({ type: 2, roomChanges: [], echo: true }))
  await session.client.ping()
  session.ack(0)
  session.change({ room: { k: 'v' }, echo: true })
  await session.take(2)
  await session.connect()
  expect(session.resume).toMatchObject({ outcome: 'replayed', received: 2 })
})

for (const [name, message] of [
  ['more than was sent', { type: 8, received: 1 }],
  ['no number', { type: 8 }],
  ['a fraction', { type: 8, received: 0.5 }],
  ['less than nothing', { type: 8, received: -1 }],
]) {
  staged(`an ACK of ${name} closes 1002, and for good`, async (s) => {
    const session = await Session.join(s)
    const witness = await s.join({ roomId: 'other' })
    session.client.send(message)
    expect(await session.client.closed).toEqual({ code: 1002, reason: 'error: Invalid Ack' })
    await session.connect()
    expect(session.resume.outcome).toBe('new')
    await witness.quiet()
  })
}

staged(
  'a client that was too fast sends the rest again: nothing twice, nothing lost',
  async (s) => {
    const session = await Session.join(s)
    const all = Array.from({ length: 200 }, (_, n) => ({ room: { n: String(n) }, echo: true }))
    for (const change of all) session.change(change)
    const values = []
    let closes = 0
    while (values.length < all.length) {
      try {
        const { roomChanges } = await session.next()
        values.push(roomChanges[0].value)
      } catch {
        expect(await session.client.closed).toMatchObject({ code: 4101 })
        closes++
        await session.connect()
        expect(session.resume.outcome).toBe('replayed')
        for (const change of all.slice(session.resume.received)) session.change(change)
      }
    }
    expect(closes).toBeGreaterThan(0)
    expect(values).toEqual(all.map(({ room }) => room.n))
    await session.client.quiet()
  },
  { options: { rate: { messagesPerSecond: 1000, burst: 10 } } },
)

staged(
  'answering ACKs never makes a client too fast',
  async (s) => {
    const session = await Session.join(s)
    const received = []
    for (let n = 0; n < 4; n++) {
      s.wss.room('room').broadcast({ type: 99, fill: 'x'.repeat(600) })
      await session.next()
      received.push(await session.nextAck())
      session.ack()
    }
    await session.client.quiet()
    expect(received).toEqual([0, 0, 0, 0])
  },
  { options: { resumeBytes: 1000, rate: { messagesPerSecond: 0.01, burst: 1 } } },
)
