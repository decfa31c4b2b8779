/** Clients that don't read, and clients that send faster than their hooks work. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { TestClient } from '../support/client.mjs'
import { Inbox } from '../support/inbox.mjs'
import { pkg, staged } from '../support/lifecycle.mjs'
import { changeReq } from '../support/messages.mjs'
import { frame, RawClient } from '../support/raw-client.mjs'
import { Stage } from '../support/stage.mjs'

const MIB = 2 ** 20
const LIMIT = 256 * 1024
const FIXTURE = fileURLToPath(new URL('fixtures/server.mjs', import.meta.url))

/** A room server in a process of its own, so that its memory is its own. */
class ServerProcess {
  async start(options) {
    this.child = fork(FIXTURE, [JSON.stringify(options)])
    const [{ port }] = await once(this.child, 'message')
    this.port = port
    return this
  }

  async join(fields) {
    const client = await new TestClient(`ws://127.0.0.1:${this.port}/wss`).opened
    await client.hello(fields)
    return client
  }

  /** A client that is in the room and reads nothing from then on. */
  async joinDeaf() {
    const socket = net.connect(this.port, '127.0.0.1')
    await once(socket, 'connect')
    const client = await new RawClient(socket).join({ readonly: true })
    socket.pause()
    return client
  }

  async look() {
    this.child.send('look')
    const [figures] = await once(this.child, 'message')
    return figures
  }

  async stop() {
    this.child.disconnect()
    await once(this.child, 'exit')
  }
}

/** Sends `count` MiB through the room, one at a time; how long each took to the witness, in ms, and the most memory seen. */
async function pour(server, writer, witness, count) {
  const value = 'x'.repeat(MIB)
  const [times, memory] = [[], []]
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    writer.change({ room: { big: value } })
    await witness.until(({ roomChanges }) => roomChanges)
    times.push(performance.now() - start)
    if (i % 5 === 0) memory.push(await server.look())
  }
  times.sort((a, b) => a - b)
  return {
    median: times[count >> 1],
    p95: times[Math.floor(count * 0.95)],
    rss: Math.max(...memory.map(({ rss }) => rss)),
    queued: Math.max(...memory.map(({ queuedBytes }) => queuedBytes)),
  }
}

test('a client that never reads costs at most its maxBufferedBytes; the others do not notice it', async () => {
  const limit = 16 * MIB
  const server = await new ServerProcess().start({ maxBufferedBytes: limit })
  try {
    const [writer, witness] = [await server.join(), await server.join()]
    await pour(server, writer, witness, 30)
    const before = await pour(server, writer, witness, 150)
    const deaf = await server.joinDeaf()
    const during = await pour(server, writer, witness, 150)
    const mib = (bytes) => (bytes / MIB).toFixed(1)
    const line = (name, { median, p95, rss, queued }) =>
      `  ${name}: median ${median.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms, memory ${mib(rss)} MiB, queued ${mib(queued)} MiB`
    console.log(
      `150 messages of 1 MiB through a room\n${line('without a deaf client', before)}\n${line('with one', during)}`,
    )
    expect(during.queued).toBeGreaterThan(limit / 2)
    // All clients' together: the message that passes the limit, and one that may be on its way to the witness.
    expect(during.queued).toBeLessThan(limit + 2 * (MIB + 1024))
    // Beside the queue: what the allocator keeps of the pieces.
    expect(during.rss - before.rss).toBeLessThan(limit + 16 * MIB)
    // A machine that is busy with other things has its hiccups; waiting for the deaf one would take for ever.
    expect(during.median).toBeLessThan(before.median * 3 + 5)
    deaf.socket.resume()
    while ((await deaf.nextFrame()).opcode !== 8);
    await witness.onlyMarker()
  } finally {
    await server.stop()
  }
}, 60_000)

staged(
  'the message that passes maxBufferedBytes waits too, with the next one a client that does not read is closed with 4100',
  async (s) => {
    const [witness, writer] = await s.joinAll(2)
    const deaf = await s.joinRaw({ readonly: true })
    deaf.socket.pause()
    const value = 'x'.repeat(64 * 1024)
    // So far the kernel takes all: what is queued grows when its buffers are full, up to the limit.
    const atMost = LIMIT + value.length + 256
    let most = 0
    while (s.wss.stats().closes[4100] === undefined && most <= atMost) {
      writer.change({ room: { value } })
      await witness.until(({ roomChanges }) => roomChanges)
      const info = s.wss.rooms.room.clients[deaf.welcome.clientId]
      if (info.ws.readyState !== 1) break
      most = Math.max(most, info.ws.bufferedAmount)
    }
    expect(most).toBeGreaterThan(LIMIT - value.length)
    expect(most).toBeLessThanOrEqual(atMost)
    deaf.socket.resume()
    let last
    while ((last = await deaf.nextFrame()).opcode !== 8);
    expect(last.payload.readUInt16BE()).toBe(4100)
    await witness.onlyMarker()
  },
  { options: { maxBufferedBytes: LIMIT } },
)

staged(
  'a client that reads may be sent more than maxBufferedBytes at once',
  async (s) => {
    const [reader, other] = await s.joinAll(2)
    const room = s.wss.room('room')
    for (const [count, size] of [
      [2, LIMIT * 0.6],
      [8, LIMIT / 4],
    ]) {
      const value = 'x'.repeat(size)
      for (let n = 0; n < count; n++) room.set(`${n}`, value)
      for (const client of [reader, other]) {
        const keys = (await client.take(count)).map(({ roomChanges }) => roomChanges[0].key)
        expect(keys).toEqual(Array.from({ length: count }, (_, n) => `${n}`))
      }
    }
  },
  { options: { maxBufferedBytes: LIMIT } },
)

staged(
  'a client that floods slow hooks is not read from meanwhile; nothing is lost, the order is kept',
  async (s) => {
    const hooks = new Inbox()
    let running = 0
    let most = 0
    s.wss.onChangeReq = async (_wss, req) => {
      most = Math.max(most, ++running)
      await new Promise((done) => hooks.push(done))
      running -= 1
      return req
    }
    const witness = await s.join({ readonly: true })
    const flooder = await s.joinRaw()
    await witness.next()
    const [count, size] = [300, 64 * 1024]
    const pad = 'x'.repeat(size)
    const before = s.wss.stats().bytesIn
    for (let i = 0; i < count; i++) {
      flooder.write(frame(JSON.stringify(changeReq({ room: { n: `${i}` }, pad }))))
    }
    const waiting = []
    while (waiting.length < 8) waiting.push(await hooks.take())
    // Others are served, and of the 19 MiB no more was read than fits into a few buffers.
    for (let i = 0; i < 50; i++) await witness.ping()
    const { bytesIn, pendingCalls } = s.wss.stats()
    expect([pendingCalls, hooks.size]).toEqual([8, 0])
    expect(bytesIn - before).toBeLessThan(8 * size + 2 * MIB)
    expect(flooder.socket.writableLength).toBeGreaterThan(MIB)
    const order = []
    for (let i = 0; i < count; i++) {
      ;(waiting.shift() ?? (await hooks.take()))()
      order.push((await witness.next()).roomChanges[0].value)
    }
    expect(order).toEqual(Array.from({ length: count }, (_, i) => `${i}`))
    expect(most).toBe(8)
    await witness.quiet()
  },
  { options: { pendingMessages: 8 }, timeout: 30_000 },
)

staged(
  'a client that waits for its hooks is not cut by the heartbeat',
  async (s) => {
    const hooks = new Inbox()
    s.wss.onActionReq = (_wss, { id }) =>
      new Promise((done) => hooks.push(() => done({ type: 5, id, success: true })))
    const patient = await s.join()
    for (let i = 0; i < 3; i++) patient.action('wait', { id: `${i}` })
    const first = [await hooks.take(), await hooks.take()]
    // Another one that is silent is cut meanwhile: so the heartbeat has come round twice.
    const silent = await s.joinRaw({ roomId: 'another' })
    await silent.ended
    for (const done of first) done()
    ;(await hooks.take())()
    expect((await patient.take(3)).map(({ id }) => id)).toEqual(['0', '1', '2'])
  },
  { options: { pendingMessages: 2, heartbeatIntervalMs: 60 } },
)

test.each(['http', 'https', 'unix'])(
  'a client that goes while reading waits for hooks that never settle leaves (%s)',
  async (transport) => {
    const options = { hookTimeoutMs: 0, pendingMessages: 2, heartbeatIntervalMs: 50 }
    const s = await Stage.open({ ...pkg, transport }, options)
    const [calls, left] = [new Inbox(), new Inbox()]
    try {
      s.wss.onActionReq = (_wss, req) => {
        calls.push(req.action)
        return new Promise(() => {})
      }
      s.wss.onLeave = (_wss, _room, id) => left.push(id)
      const client = await s.join()
      for (const action of ['first', 'second', 'never read']) client.action(action)
      expect([await calls.take(), await calls.take()]).toEqual(['first', 'second'])
      await client.terminate()
      expect(await left.take()).toBe(client.id)
    } finally {
      await s.close()
    }
  },
)
