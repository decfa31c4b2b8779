/** What is left of the old connection when a client comes back: its last word, and its deadlines. */

import { once } from 'node:events'
import { expect } from 'vitest'
import { TestClient } from '../support/client.mjs'
import { staged } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'
import { dropped, Session } from './session.mjs'

const ROUNDS = 100

staged(
  'the close frame of a connection that is being replaced is no end of the one that replaces it',
  async (s) => {
    const left = []
    s.wss.onActionReq = (_wss, { action }) => ({ type: 5, id: action, success: true })
    s.wss.onLeave = (_wss, _room, id) => void left.push(id)
    const session = await Session.join(s)
    const { id } = session
    for (let round = 0; round < ROUNDS; round++) {
      const old = session.client
      const ext = { resume: { token: session.token, received: session.received } }
      const heir = await new TestClient(s.server.url()).opened
      // In one turn of the worker: whichever it reads first.
      if (round % 2) old.ws.close(4199, 'frozen')
      heir.send(helloReq({ ext }))
      if (round % 2 === 0) old.ws.close(4199, 'frozen')
      const welcome = await heir.next()
      expect([round, welcome.clientId, welcome.ext.resume.outcome]).toEqual([round, id, 'replayed'])
      Object.assign(session, { client: heir, token: welcome.ext.resume.token })
      await old.closed
      expect((await heir.ask('alive')).id).toBe('alive')
      session.received++
    }
    expect(left).toEqual([])
  },
)

staged(
  'a client that is back is pinged as any other, and told what has come',
  async (s) => {
    const session = await Session.join(s)
    session.cut()
    await dropped(s.wss)
    await session.connect()
    session.change({ room: { a: '1' } })
    await once(session.client.ws, 'ping')
    expect(await session.nextAck()).toBe(1)
  },
  { options: { heartbeatIntervalMs: 200 } },
)
