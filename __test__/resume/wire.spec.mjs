/** What a client that may come back gets to see, over every transport. */

import { describe, expect, test } from 'vitest'
import { pkg } from '../support/lifecycle.mjs'
import { frame } from '../support/raw-client.mjs'
import { helloReq } from '../support/messages.mjs'
import { Stage } from '../support/stage.mjs'
import { dropped, Session } from './session.mjs'

describe.each(['http', 'https', 'unix'])('over %s', (transport) => {
  function staged(name, run, options) {
    test(name, async () => {
      const stage = await Stage.open({ ...pkg, transport }, options)
      try {
        await run(stage)
      } finally {
        await stage.close()
      }
    })
  }

  staged('a client that was cut gets what it missed, in order, and nobody saw it go', async (s) => {
    const session = await Session.join(s)
    const witness = await s.join()
    await session.next()
    expect(session.resume).toEqual({
      token: expect.stringMatching(/^[\w-]{32}$/),
      ms: 30000,
      outcome: 'new',
      received: 0,
    })
    session.change({ room: { own: '1' }, echo: true })
    await session.next()
    await witness.next()
    await session.cut()
    await dropped(s.wss)
    for (let n = 0; n < 50; n++) witness.change({ room: { n: String(n) } })
    await s.settle(witness)
    s.wss.rooms.room.clients[session.id].ws.send('{"type":99}')
    const first = session.token
    await session.connect()
    expect(session.resume).toEqual({ token: expect.any(String), ms: 30000, outcome: 'replayed', received: 1 })
    expect(session.token).not.toBe(first)
    expect(session.welcome).toMatchObject({ clientId: 'connection:1', clients: {}, roomState: {} })
    for (let n = 0; n < 50; n++)
      expect(await session.next()).toMatchObject({ roomChanges: [{ key: 'n', value: String(n) }] })
    expect(await session.next()).toEqual({ type: 99 })
    session.change({ room: { own: '2' } })
    expect(await witness.next()).toMatchObject({ roomChanges: [{ key: 'own', value: '2' }] })
    await session.client.quiet()
  })

  staged('a frozen connection is replaced and closed 4502', async (s) => {
    const session = await Session.join(s)
    const witness = await s.join()
    const frozen = session.client
    await frozen.next()
    witness.change({ room: { a: '1' } })
    await session.connect()
    expect(await frozen.closed).toEqual({ code: 4502, reason: 'resumed on another connection' })
    expect(session.resume.outcome).toBe('replayed')
    expect(await session.take(2)).toEqual([
      expect.objectContaining({ addClients: expect.anything() }),
      expect.objectContaining({ roomChanges: [{ key: 'a', value: '1' }] }),
    ])
    witness.change({ room: { a: '2' } })
    expect(await session.next()).toMatchObject({ roomChanges: [{ value: '2' }] })
    expect(s.wss.stats()).toMatchObject({ dropped: 0, clients: 2, connections: 2, closes: { 4502: 1 } })
  })

  staged(
    'past resumeBytes there is a snapshot, and the count begins anew',
    async (s) => {
      const session = await Session.join(s)
      const witness = await s.join()
      await session.cut()
      await dropped(s.wss)
      const value = 'x'.repeat(100)
      for (let n = 0; n < 100; n++) witness.change({ room: { [n]: value } })
      await s.settle(witness)
      await session.connect()
      expect(session.resume).toMatchObject({ outcome: 'snapshot', received: 0 })
      expect(session.id).toBe('connection:1')
      expect(Object.keys(session.welcome.roomState)).toHaveLength(100)
      expect(Object.keys(session.welcome.clients)).toEqual(['connection:1', 'connection:2'])
      witness.change({ room: { after: '1' } })
      expect(await session.next()).toMatchObject({ roomChanges: [{ key: 'after' }] })
      await session.cut()
      await dropped(s.wss)
      witness.change({ room: { after: '2' } })
      await session.connect()
      expect(session.resume.outcome).toBe('replayed')
      expect(await session.next()).toMatchObject({ roomChanges: [{ value: '2' }] })
    },
    { resumeBytes: 4000 },
  )

  staged('messages that were cut in the middle come once', async (s) => {
    const raw = await s.dial()
    await raw.join({ ext: { resume: {} } })
    const { token } = raw.welcome.ext.resume
    const message = (n) =>
      frame(JSON.stringify({ type: 2, roomChanges: [{ key: 'n', value: n }], echo: true }))
    const second = message('2')
    raw.write(message('1'), second.subarray(0, second.length - 7))
    await raw.next()
    raw.reset()
    await dropped(s.wss)
    const next = await s.dial()
    await next.upgrade()
    next.write(
      frame(JSON.stringify(helloReq({ ext: { resume: { token, received: 1 } } }))),
      message('2'),
      message('3'),
    )
    expect(await next.next()).toMatchObject({ ext: { resume: { outcome: 'replayed', received: 1 } } })
    expect(await next.next()).toMatchObject({ roomChanges: [{ value: '2' }] })
    expect(await next.next()).toMatchObject({ roomChanges: [{ value: '3' }] })
  })

  staged(
    'a slow reader is dropped with 4100 and gets the rest',
    async (s) => {
      const raw = await s.dial()
      await raw.join({ ext: { resume: {} } })
      const { token } = raw.welcome.ext.resume
      raw.socket.pause()
      const writer = await s.join()
      const value = 'x'.repeat(512 * 1024)
      let written = 0
      while (s.wss.stats().dropped === 0) {
        writer.change({ room: { n: String(written++), value }, echo: true })
        await writer.next()
      }
      expect(s.wss.stats().closes).toEqual({ 4100: 1 })
      raw.socket.destroy()
      const session = new Session(s)
      await session.connect({ token, received: 0 })
      expect(session.resume.outcome).toBe('replayed')
      expect(await session.next()).toMatchObject({ addClients: expect.anything() })
      for (let n = 0; n < written; n++)
        expect(await session.next()).toMatchObject({ roomChanges: [{ value: String(n) }, {}] })
    },
    { maxBufferedBytes: 1 << 20, resumeBytes: 256 << 20 },
  )
})
