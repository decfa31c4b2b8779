/** Clients that are cut off or end their connection at any stage of their life leave nothing behind. */

import { expect } from 'vitest'
import { gate, within } from '../support/inbox.mjs'
import { changeReq, helloReq } from '../support/messages.mjs'
import { closePayload, frame, OPCODE, upgradeRequest } from '../support/raw-client.mjs'
import { staged } from '../support/lifecycle.mjs'

const hello = frame(JSON.stringify(helloReq()))
const change = frame(JSON.stringify(changeReq({ room: { a: '1' }, echo: true })))
const action = frame('{"type":4,"action":"wait"}')

/** How far a client comes before it is cut off: `[stage, get there]`. `hook()` waits until the hook has been called once more. */
const STAGES = [
  ['connected', async () => {}],
  ['in the middle of the request', async (client) => client.write(upgradeRequest().slice(0, 40))],
  ['right behind the request', async (client) => client.write(upgradeRequest())],
  ['with a hello behind the request', async (client) => client.write(upgradeRequest(), hello)],
  ['upgraded', async (client) => client.upgrade()],
  [
    'in the middle of the hello',
    async (client) => (await client.upgrade(), client.write(hello.subarray(0, 20))),
  ],
  ['right behind the hello', async (client) => (await client.upgrade(), client.write(hello))],
  ['in the hello hook', async (client, hook) => (await client.upgrade(), client.write(hello), hook('hello'))],
  ['joined', async (client) => client.join()],
  [
    'in the middle of a request',
    async (client) => (await client.join(), client.write(change.subarray(0, 9))),
  ],
  [
    'between fragments',
    async (client) => (await client.join(), client.write(frame('{"type"', { fin: false }))),
  ],
  ['right behind a request', async (client) => (await client.join(), client.write(change, change, change))],
  ['in the change hook', async (client, hook) => (await client.join(), client.write(change), hook('change'))],
  ['in the action hook', async (client, hook) => (await client.join(), client.write(action), hook('action'))],
  ['behind a bad frame', async (client) => (await client.join(), client.write(frame('x', { mask: false })))],
  [
    'behind its close frame',
    async (client) => (
      await client.join(),
      client.write(frame(closePayload(1000), { opcode: OPCODE.close }))
    ),
  ],
  ['behind a bad request', async (client) => (await client.join(), client.write(frame('{"type":99}')))],
  [
    'when told to go',
    async (client) => (await client.join(), client.write(frame('{"type":99}')), client.untilClose()),
  ],
]

/** Waits until something holds that no message announces, for less than a heartbeat; pings keep the time. */
async function eventually(client, holds) {
  const end = performance.now() + 4_000
  while (!holds()) {
    if (performance.now() > end) expect.fail(`never: ${holds}`)
    await client.ping()
  }
}

for (const [stage, getThere] of STAGES) {
  staged(`reset or ended ${stage}, 30 times`, async (s) => {
    const called = { hello: 0, change: 0, action: 0 }
    let waiting = []
    const held = gate()
    const hook = async (kind, result) => {
      called[kind]++
      for (const { kind: wanted, open } of waiting) if (wanted === kind) open()
      await held.promise
      return result
    }
    const waitFor = (kind) => {
      const { promise, open } = gate()
      waiting.push({ kind, open })
      return within(promise, 'the hook was not called')
    }
    const member = await s.join()
    if (stage.includes('hello hook'))
      s.wss.onHelloReq = (_wss, { clientState }) => hook('hello', { clientState, readonly: false })
    s.wss.onActionReq = () => hook('action', null)
    if (stage.includes('change hook'))
      s.wss.onChangeReq = (_wss, { roomChanges }) => hook('change', { roomChanges })
    for (let i = 0; i < 30; i++) {
      const client = await s.dial()
      waiting = []
      await getThere(client, waitFor)
      if (i % 2) client.reset()
      else client.end()
    }
    held.open()
    s.wss.onHelloReq = undefined
    s.wss.onChangeReq = undefined
    const { room } = s.wss.rooms
    await eventually(member, () => Object.keys(room.clients).length === 1)
    const last = await s.join()
    expect(Object.keys(last.welcome.clients)).toEqual([member.id, last.id])
    last.change({ room: { served: 'yes' } })
    await member.until(({ roomChanges }) => roomChanges?.[0].key === 'served')
  })
}

staged('hooks that throw all kinds of things under load: those who behave are served', async (s) => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('unreadable')
      },
    },
  )
  const things = [
    new Error('x'.repeat(500)),
    null,
    undefined,
    'text',
    7,
    Symbol('s'),
    hostile,
    { status: 403 },
    Object.create(null),
    [],
    () => {},
  ]
  let n = 0
  const fail = () => {
    const thing = things[n++ % things.length]
    if (n % 2) throw thing
    return Promise.reject(thing)
  }
  s.wss.onHelloReq = (_wss, { clientState, clientName }) =>
    clientName === 'bad' ? fail() : { clientState, readonly: false }
  s.wss.onChangeReq = (_wss, { roomChanges }) =>
    roomChanges?.[0].key === 'bad' ? fail() : { roomChanges, echo: true }
  s.wss.onActionReq = () => fail()
  s.wss.onLeave = () => fail()
  const good = await s.join()
  const bad = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const client = await s.connect()
      client.send(helloReq(i % 3 === 0 ? { clientName: 'bad' } : {}))
      if (i % 3 > 0) await client.next()
      if (i % 3 === 1) client.change({ room: { bad: '1' } })
      if (i % 3 === 2) client.action('x')
      return client.closed
    }),
  )
  for (const { code, reason } of bad) {
    expect(code).toBe(1002)
    expect(reason).toMatch(/^error: /)
  }
  await eventually(good, () => Object.keys(s.wss.rooms.room.clients).length === 1)
  good.change({ room: { served: 'yes' } })
  await good.until(({ roomChanges }) => roomChanges?.[0].key === 'served')
})
