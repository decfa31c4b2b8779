/** The package in worker threads, which may be killed at any time. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { TestClient } from '../support/client.mjs'
import { changeReq } from '../support/messages.mjs'

async function startWorker() {
  const worker = new Worker(new URL('./fixtures/worker.mjs', import.meta.url))
  const [port] = await once(worker, 'message')
  return { worker, connect: () => new TestClient(`ws://127.0.0.1:${port}/wss`).opened }
}

test(
  'a worker that is killed with live sockets, 50 times: its clients see the end',
  { timeout: 60_000 },
  async () => {
    for (let i = 0; i < 50; i++) {
      const { worker, connect } = await startWorker()
      const [first, second] = [await connect(), await connect()]
      expect((await first.hello()).clientId).toBe('connection:1')
      await second.hello()
      await first.next()
      expect(await second.ask('look', { data: 'x' })).toEqual({
        type: 5,
        success: true,
        data: 'x',
        rooms: ['room'],
        id: 'room',
      })
      // Busy when it dies.
      for (let n = 0; n < 20; n++) first.change({ room: { n: `${n}` } }).action('look')
      expect(await worker.terminate()).toBe(1)
      await Promise.all([first.closed, second.closed])
    }
  },
)

test('two workers and this thread serve rooms of their own', async () => {
  const [one, two] = [await startWorker(), await startWorker()]
  const clients = [await one.connect(), await two.connect()]
  for (const client of clients) expect((await client.hello()).clientId).toBe('connection:1')
  clients[0].send(changeReq({ room: { a: '1' } }))
  await clients[0].quiet()
  await clients[1].quiet()
  await one.worker.terminate()
  await clients[0].closed
  expect(await clients[1].ask('look', { data: 'still here' })).toMatchObject({ data: 'still here' })
  await two.worker.terminate()
  await clients[1].closed
})
