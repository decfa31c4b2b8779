/** The code of README and client.md, server and client, run against each other: it does what the pages say. */

import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { blocksOf } from './pages.mjs'
import { Project } from './project.mjs'

/** A page's WebSocket sends the cookies of its origin by itself. */
class PageSocket extends WebSocket {
  constructor(url) {
    super(url, { headers: { Cookie: 'session=1' } })
  }
}

let project
let rooms
let log
beforeEach(async () => {
  const findUser = async (cookies) =>
    cookies?.includes('session=') ? { name: 'Ada', mayEdit: true } : undefined
  Object.assign(globalThis, { findUser })
  vi.stubGlobal('WebSocket', PageSocket)
  log = vi.spyOn(console, 'log').mockReturnValue()
  project = new Project()
  rooms = await startRooms({ wss, timeoutMs: 10_000 })
})
afterEach(async () => {
  await rooms.stop()
  project.remove()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** Runs the JavaScript block of a page that has this text in it, with other addresses in it. */
async function run(page, text, addresses) {
  const { code, line } = blocksOf(page).find((block) => block.lang === 'js' && block.code.includes(text))
  const here = Object.entries(addresses).reduce((all, [there, own]) => {
    expect(all).toContain(there)
    return all.replace(there, own)
  }, code)
  await import(/* @vite-ignore */ pathToFileURL(project.write(`line-${line}.mjs`, here)).href)
}

const base = () => JSON.stringify(rooms.url.replace(/^ws/, 'http').replace(/\/wss$/, ''))

test('README: the server, and the page', async () => {
  await run('README.md', 'wss.addWebsockets(server)', { 'server.listen(3000)': 'server.listen(0).unref()' })
  const other = await rooms.join('table 5', { headers: { Cookie: 'session=2' } })
  await run('README.md', "connect({ base: '' }", { "{ base: '' }": `{ base: ${base()} }` })
  const [{ addClients }] = await other.take(1)
  const [id, { clientName }] = Object.entries(addClients)[0]
  expect(clientName).toBe('Ada')
  expect(await other.next()).toMatchObject({
    roomChanges: [{ key: 'card:1', value: '3,4' }],
    updateClients: { [id]: [{ key: 'hand', value: 'up' }] },
  })
  expect((await other.next()).roomChanges).toEqual([{ key: 'turn', value: id }])
  expect(log.mock.calls.at(-1)).toMatchObject(['open', { 'card:1': '3,4', turn: id }, { [id]: {} }])
  await expect(rooms.join('table 5')).rejects.toThrow('please log in')
})

test('client.md: what a client does first', async () => {
  rooms.wss.onActionReq = (_wss, req) => ({ type: 5, id: req.id, success: true, data: req.data })
  const other = await rooms.join('table 5')
  await run('docs/client.md', "room.action('shuffle'", { "'https://example.org'": base() })
  const told = await other.until((message) => message.removeClients)
  expect(told.map((message) => Object.keys(message).filter((key) => key !== 'type'))).toEqual([
    ['addClients'],
    ['roomChanges', 'updateClients'],
    ['updateClients'],
    ['removeClients'],
  ])
})

test('client.md: in Node 20', async () => {
  const other = await rooms.join('table 5')
  await run('docs/client.md', "from 'ws'", { "'ws://localhost:3000/wss'": JSON.stringify(rooms.url) })
  expect(Object.keys((await other.take(2))[1])).toContain('removeClients')
})
