/** The code of rooms.md, hooks.md, resume.md and of operations.md's limits, run on a room server with clients: it does what the pages say. */

import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { blocksOf } from './pages.mjs'
import { Project } from './project.mjs'

const PACKAGE_IMPORT = "import { wss, WSS, MESSAGE_TYPE } from '@cgreenhalgh/websocket-room-server'\n"

/** What the pages take for granted, beside the package. */
const application = {
  saved: [],
  findUser: async (cookies) => (cookies?.includes('session=') ? { name: 'Ada', mayEdit: true } : undefined),
  database: { load: async () => undefined, save: async (...what) => void application.saved.push(what) },
}

let project
let rooms
beforeEach(async () => {
  Object.assign(globalThis, { findUser: application.findUser, database: application.database })
  for (const method of ['log', 'error']) vi.spyOn(console, method).mockReturnValue()
  project = new Project()
  rooms = await startRooms({ wss, timeoutMs: 10_000 })
})
afterEach(async () => {
  await rooms.stop()
  project.remove()
  vi.restoreAllMocks()
})

/** Runs the JavaScript block of a page that has this text in it. */
async function run(page, text) {
  const { code, line } = blocksOf(page).find((block) => block.lang === 'js' && block.code.includes(text))
  const file = project.write(`line-${line}.mjs`, code.startsWith('import') ? code : PACKAGE_IMPORT + code)
  await import(/* @vite-ignore */ pathToFileURL(file).href)
}

const headers = { Cookie: 'session=1' }

test('rooms.md: what can be done with a room', async () => {
  const client = await rooms.join('chess')
  await run('docs/rooms.md', 'room.update(')
  const room = wss.room('chess')
  expect({ ...room.state }).toEqual({ turn: 'black', clock: '300', moves: '1' })
  expect(room.data.startedAt).toBeGreaterThan(0)
  expect(await client.until({ type: 99 })).toHaveLength(5)
})

test('rooms.md: a client is asked when it joins', async () => {
  await run('docs/rooms.md', 'client.request(')
  const [ready, other] = [await rooms.join('chess'), await rooms.join('chess')]
  for (const [client, success] of [
    [ready, true],
    [other, false],
  ]) {
    expect(await client.next({ type: 99 })).toEqual({ type: 99, text: 'to you alone' })
    const { id } = await client.next({ type: 4, action: 'ready?', data: 'round 1' })
    client.send({ type: 5, id, success, data: 'yes' })
  }
  expect(await other.closed).toEqual({ code: 4500, reason: 'come back when you are ready' })
  await rooms.waitFor('chess', ({ state }) => state[`ready:${ready.id}`] === 'yes')
})

test('rooms.md: closing', async () => {
  wss.rooms.chess = { id: 'chess', clients: {}, state: {} }
  const client = await rooms.join('chess')
  await run('docs/rooms.md', 'wss.closeRoom(')
  expect(await client.closed).toEqual({ code: 4501, reason: 'the tournament is over' })
})

test('hooks.md: a game', async () => {
  await run('docs/hooks.md', 'wss.onLoadRoom')
  await expect(rooms.join('chess')).rejects.toThrow('error: please log in')
  const client = await rooms.join('chess', { headers })
  expect(client.welcome.roomState).toEqual({ turn: 'white' })
  expect(await client.next()).toEqual({ type: 99, hello: 'Ada' })
  wss.room('chess').set('turn', client.id)
  await client.next({ type: 3 })
  client.change({ room: { board: 'e4' } })
  expect((await client.next()).roomChanges).toEqual([{ key: 'board', value: 'e4' }])
  expect((await client.action('reset', { id: '1' }).next({ type: 5 })).success).toBe(true)
  client.change({ room: { board: 'e5' } })
  expect((await client.closed).reason).toBe('error: not your turn')
  wss.closeRoom('chess')
  expect(application.saved).toEqual([['chess', { turn: 'white' }]])
})

test('resume.md: the others hear who is away and who is back', async () => {
  await run('docs/resume.md', 'wss.onDrop')
  const hello = { roomId: 'chess', ext: { resume: {} } }
  const [ann, bob] = [await rooms.join(hello), await rooms.join('chess')]
  const { token } = ann.welcome.ext.resume
  await ann.cut()
  expect(await bob.next({ type: 99 })).toEqual({ type: 99, away: ann.id })
  await rooms.join({ ...hello, ext: { resume: { token, received: 0 } } })
  expect(await bob.next({ type: 99 })).toEqual({ type: 99, back: ann.id })
})

test('resume.md: who has lost the right is ejected when coming back', async () => {
  await run('docs/resume.md', 'please log in again')
  const hello = { roomId: 'chess', ext: { resume: {} } }
  const ann = await rooms.join(hello, { headers })
  const { token } = ann.welcome.ext.resume
  await ann.cut()
  const back = await rooms.join({ ...hello, ext: { resume: { token, received: 0 } } })
  expect(await back.closed).toEqual({ code: 4500, reason: 'please log in again' })
})

test('operations.md: limits for strangers', () => run('docs/operations.md', 'new WSS({'))
