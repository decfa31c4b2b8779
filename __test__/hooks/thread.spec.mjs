/** Hooks and the thread that they run on: one that blocks it, and errors that come when nobody waits for the hook any more. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestClient } from '../support/client.mjs'
import { helloReq } from '../support/messages.mjs'
import { Session } from '../resume/session.mjs'

const SERVER = fileURLToPath(new URL('fixtures/server.mjs', import.meta.url))
const BLOCK_MS = 2000

let child
let url

beforeAll(async () => {
  child = fork(SERVER)
  const [{ port }] = await once(child, 'message')
  url = `ws://127.0.0.1:${port}/wss`
})

afterAll(() => child.disconnect())

async function join(room) {
  const client = await new TestClient(url).opened
  client.send(helloReq({ roomId: room }))
  await client.next()
  return client
}

/** What makes each hook block; the client, once the thread is free for it, and what it hears. */
const BLOCKING = {
  async onActionReq() {
    const client = await join('one')
    client.action('block', { id: 'blocked', data: String(BLOCK_MS) })
    return { client, answer: { id: 'blocked', success: true } }
  },
  async onDrop() {
    const session = await resumable('onDrop')
    await session.cut()
    // Its upgrade is answered when the thread is free.
    return goesOn(session)
  },
  async onResume() {
    const session = await resumable('onResume')
    await session.cut()
    return goesOn(session)
  },
}

/** A client that comes back and asks for something. */
function goesOn(session) {
  const client = session.connect().then(() => {
    session.action('nothing', { id: 'back' })
    return session.client
  })
  return { client, answer: { id: 'back', success: true } }
}

/** A client of this name, which says how long the hook of this name is to block. */
async function resumable(clientName) {
  const session = await Session.join({ server: { url: () => url } }, { roomId: clientName, clientName })
  session.change({ room: { blockMs: String(BLOCK_MS) }, echo: true })
  await session.next()
  return session
}

test.each(Object.entries(BLOCKING))(
  '%s blocks the thread: what has no hook goes on, nobody is cut',
  async (_name, block) => {
    const asker = await join('two')
    const blocking = once(child, 'message')
    const { client, answer } = await block()
    expect((await blocking)[0]).toEqual({ kind: 'blocking' })
    asker.action('nothing', { id: 'asked' })
    const values = Array.from({ length: 100 }, (_, n) => `${n}`)
    for (const n of values) asker.change({ room: { n }, echo: true })
    const before = await asker.take(values.length)
    expect(before.map(({ roomChanges }) => roomChanges?.[0].value)).toEqual(values)
    expect(await asker.next()).toMatchObject({ id: 'asked', success: true })
    const blocker = await client
    expect(await blocker.next()).toMatchObject(answer)
    await Promise.all([blocker.close(), asker.close()])
  },
)

test.each([
  ['throw in a timer', 'uncaughtException'],
  ['reject unawaited', 'unhandledRejection'],
])('a hook that has answered and then does this is the process’s affair: %s', async (action, kind) => {
  const client = await join('room')
  const told = once(child, 'message')
  client.action(action, { id: 'a', data: action })
  expect(await client.next()).toMatchObject({ id: 'a', success: true })
  expect((await told)[0]).toEqual({ kind, message: action })
  client.action('nothing', { id: 'b' })
  expect(await client.next()).toMatchObject({ id: 'b', success: true })
  await client.close()
})
