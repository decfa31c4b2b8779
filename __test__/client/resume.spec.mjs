/** The client and the server together, on lines that fail: nothing lost, nothing twice, and nobody sees it. */

import { afterEach, expect, test } from 'vitest'
import { connect } from '@cgreenhalgh/websocket-room-server/client'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { PageSocket } from './script.mjs'
import { hello, next, SOON, until } from './support.mjs'

/** More of them take longer: CUTS=1000 is half a minute. */
const CUTS = Number(process.env.CUTS ?? 120)

let rooms
const clients = []

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.leave({ timeoutMs: 0 })))
  await rooms.stop()
})

/** A client with a line of its own. */
async function join(fields, options) {
  const link = await rooms.link()
  const client = connect(link.url, hello(fields), { WebSocket: PageSocket, reconnect: SOON, ...options })
  clients.push(client)
  await client.opened()
  return { client, link }
}

test.each(['cut', 'cutMidFrame', 'vanish', 'freeze'])(
  '%s: same id, same seat, what was missed follows, and what was asked is answered',
  async (fault) => {
    let isAsked = false
    let answer
    const hooks = {
      onActionReq: (_wss, { id }) => {
        isAsked = true
        return new Promise(
          (resolve) => (answer = () => resolve({ type: 5, id, success: true, data: 'done' })),
        )
      },
    }
    rooms = await startRooms({ hooks, options: { heartbeatIntervalMs: 100 } })
    const watcher = await rooms.join()
    const { client, link } = await join({ clientName: 'Ada' }, { livenessMs: 200 })
    const { id } = client
    expect(client.resumable).toBe(true)
    const action = client.action('slow')
    await expect.poll(() => isAsked).toBe(true)
    const joined = next(client, 'joined')
    link[fault]()
    watcher.change({ room: { missed: '1' } })
    // Something to notice by that the line is dead.
    client.change({ room: { own: '1' } })
    await until(client, ({ status }) => status === 'reconnecting')
    link.thaw()
    expect(await joined).toEqual({ id, outcome: 'replayed' })
    answer()
    expect(await action).toMatchObject({ data: 'done' })
    await until(client, ({ state }) => state.own === '1' && state.missed === '1')
    const told = (await watcher.until((message) => message.roomChanges?.[0].key === 'own')).map(Object.keys)
    expect(told.flat()).not.toContain('removeClients')
    expect(told.flat().filter((key) => key === 'addClients')).toHaveLength(1)
  },
)

test('while it is away it sends on, and the server asks on', async () => {
  rooms = await startRooms()
  const { client, link } = await join({}, { onAction: (action, data) => `${action} ${data}` })
  link.down()
  await until(client, ({ status }) => status === 'reconnecting')
  const member = rooms.wss.room('room').clients[client.id]
  await expect.poll(() => member.connected).toBe(false)
  const asked = member.request('are you', 'there?')
  for (let i = 0; i < 10; i++) client.change({ room: { n: `${i}` } })
  link.up()
  expect(await asked).toMatchObject({ success: true, data: 'are you there?' })
  await rooms.waitFor('room', (room) => room.state.n === '9')
})

test('past what the server holds it gets the whole room, and is told so', async () => {
  rooms = await startRooms({ options: { resumeBytes: 1000 } })
  const { client, link } = await join()
  const { id } = client
  link.down()
  await until(client, ({ status }) => status === 'reconnecting')
  client.change({ room: { own: '1' } })
  for (let i = 0; i < 50; i++) rooms.wss.room('room').set(`k${i}`, 'x'.repeat(50))
  const joined = next(client, 'joined')
  link.up()
  expect(await joined).toEqual({ id, outcome: 'snapshot' })
  await until(client, ({ state }) => state.own === '1')
  expect({ ...client.state }).toEqual({ ...rooms.wss.rooms.room.state })
})

test('when the time is over it joins anew, and what was under way is told to be lost', async () => {
  rooms = await startRooms({ options: { resumeMs: 50 } })
  const { client, link } = await join()
  const { id } = client
  link.down()
  await until(client, ({ status }) => status === 'reconnecting')
  client.change({ room: { own: '1' } })
  const action = client.action('any').catch(({ code }) => code)
  await rooms.waitFor('room', (room) => Object.keys(room.clients).length === 0)
  const lost = next(client, 'lost')
  link.up()
  expect((await lost).messages).toMatchObject([{ type: 2 }, { type: 4 }])
  expect(await action).toBe('LOST')
  expect(client.id).not.toBe(id)
  expect({ ...client.state }).toEqual({})
})

test('who leaves, is refused or ejected is gone at once', async () => {
  rooms = await startRooms()
  const [one, other] = [await join(), await join()]
  await one.client.leave()
  await rooms.waitFor('room', (room) => Object.keys(room.clients).length === 1)
  rooms.wss.ejectClient('room', other.client.id, 'enough')
  const { reason } = await until(other.client, ({ status }) => status === 'closed')
  expect(reason).toEqual({ code: 4500, reason: 'enough' })
})

const FAULTS = ['cut', 'cutMidFrame', 'vanish', 'freeze', 'down']

/** Breaks the client's line time and again; each time it has to come back. */
async function breakLine({ client, link }, times) {
  for (let i = 0; i < times; i++) {
    const joined = next(client, 'joined')
    link[FAULTS[Math.floor(Math.random() * FAULTS.length)]]()
    await until(client, ({ status }) => status === 'reconnecting')
    link.thaw()
    link.up()
    expect(await joined).toMatchObject({ outcome: 'replayed' })
  }
}

test(
  `${CUTS} broken lines under load: everybody has seen everything once, in order`,
  { timeout: 240_000 },
  async () => {
    let done = 0
    const left = []
    rooms = await startRooms({
      hooks: {
        onActionReq: async (_wss, { id }) => ({ type: 5, id, success: true, data: String(++done) }),
        onLeave: (_wss, _room, id) => void left.push(id),
      },
      options: { heartbeatIntervalMs: 100, resumeBytes: 16 << 20 },
    })
    const people = []
    for (let i = 0; i < 3; i++) people.push(await join({}, { livenessMs: 200 }))
    const seen = people.map(({ client }) => {
      const told = []
      client.on('change', ({ roomChanges = [] }) =>
        told.push(...roomChanges.map(({ key, value }) => `${key}=${value}`)),
      )
      client.on('lost', (lost) => told.push(`lost ${JSON.stringify(lost)}`))
      return told
    })

    const answers = []
    const sent = await Promise.all(
      people.map(async ({ client }, index) => {
        let isOver = false
        const broken = breakLine(people[index], CUTS / people.length).finally(() => (isOver = true))
        let count = 0
        // On and on: who sends nothing doesn't notice that its line is dead.
        while (!isOver) {
          client.change({ room: { [`by${index}`]: String(++count) } })
          if (count % 5 === 0) answers.push(client.action('count', undefined, { timeoutMs: Infinity }))
          await new Promise((resolve) => setTimeout(resolve, 2))
        }
        await broken
        return count
      }),
    )
    const counted = await Promise.all(answers)
    for (const { client } of people)
      await until(client, ({ state }) => sent.every((count, index) => state[`by${index}`] === String(count)))

    // One order for all, each change once, each action done once, and nobody ever left.
    expect(seen[0]).toHaveLength(sent.reduce((sum, count) => sum + count))
    for (const told of seen.slice(1)) expect(told).toEqual(seen[0])
    sent.forEach((count, index) => {
      const mine = seen[0].filter((text) => text.startsWith(`by${index}=`))
      expect(mine).toEqual(Array.from({ length: count }, (_, n) => `by${index}=${n + 1}`))
    })
    expect(counted.map(({ data }) => Number(data)).sort((a, b) => a - b)).toEqual(
      counted.map((_, n) => n + 1),
    )
    expect(done).toBe(counted.length)
    expect(left).toEqual([])
    for (const { client } of people) expect({ ...client.state }).toEqual({ ...rooms.wss.rooms.room.state })
  },
)
