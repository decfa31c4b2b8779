/** docs/testing.md: its test passes in vitest, and its blocks bring about what they say, on rooms and hooks of a test. */

import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { PageFolder } from './page-folder.mjs'
import { everyBlockIsRun } from './page.mjs'
import { runs } from './running.mjs'

const its = runs('docs/testing.md')

/** A condition that connections bring about in their own time. */
const eventually = (check) => vi.waitFor(check, { timeout: 10_000, interval: 20 })

let folder
afterEach(() => folder?.remove())

test('the test passes in vitest', { timeout: 60_000 }, async () => {
  folder = new PageFolder(its.page)
  const { code, output } = await folder.run(['node_modules/vitest/vitest.mjs', 'run'])
  expect(code, output).toBe(0)
  expect(output).toMatch(/Tests {2}1 passed/)
})

test('waiting for a room: for a change, for nobody to be there, for its end', async () => {
  /** What happens when the block has waited long enough for what was before. */
  const next = [() => client.close(), () => delete its.rooms.wss.rooms['table 5']]
  const waitFor = async (...args) => {
    const room = await its.rooms.waitFor(...args)
    next.shift()?.()
    return room
  }
  vi.stubGlobal('rooms', { waitFor })
  const done = its.run("it?.state['card:1']", { give: ['room'] })
  const client = await its.rooms.join('table 5')
  client.change({ room: { 'card:1': '3,4' } })
  expect((await done).room.state['card:1']).toBe('3,4')
  expect([next, its.rooms.wss.room('table 5')]).toEqual([[], undefined])
})

test('a half-open connection: the heartbeat finds out, and the leave hook is called', async () => {
  const left = []
  vi.stubGlobal('hooks', { onLeave: (_wss, room, clientId) => void left.push([room.id, clientId]) })
  const { rooms, client } = await its.run('client.vanish()', { give: ['rooms', 'client'] })
  expect(left).toEqual([['table 5', client.id]])
  await rooms.stop()
})

test('a line for clients of other kinds, that fails on demand', async () => {
  vi.stubGlobal('rooms', its.rooms)
  vi.stubGlobal('WebSocket', WebSocket)
  const outcomes = []
  for (const hook of ['onDrop', 'onResume', 'onLeave']) its.rooms.wss[hook] = () => void outcomes.push(hook)
  const { link, room } = await its.run('rooms.link()', { give: ['link', 'room'] })
  await eventually(() => expect(outcomes).toEqual(['onDrop', 'onResume', 'onLeave']))
  await eventually(() => expect([room.status, link.connections]).toEqual(['closed', 0]))
})

test('a client that is dropped, and comes back as who it was', async () => {
  vi.stubGlobal('rooms', its.rooms)
  const called = []
  for (const hook of ['onDrop', 'onResume']) its.rooms.wss[hook] = () => void called.push(hook)
  const { ann, back } = await its.run('onResume; back.id is ann.id', { give: ['ann', 'back'] })
  expect(back.id).toBe(ann.id)
  await eventually(() => expect(called).toEqual(['onDrop', 'onResume']))
})

everyBlockIsRun(its.page)
