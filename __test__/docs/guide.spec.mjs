/** docs/guide.md, followed to its end: in dev, in production, and its test. __test__/demo has it in a browser. */

import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { TestClient } from '../support/client.mjs'
import { PageFolder } from './page-folder.mjs'
import { everyBlockIsRun, Page } from './page.mjs'

const page = new Page('docs/guide.md')

/** What Node is to run for a line of the page's shell commands. */
const VITE = 'node_modules/vite/bin/vite.js'
const argsOf = (line) =>
  line
    .replace(/^npx vite/, `node ${VITE}`)
    .replace(/^node /, '')
    .split(' ')

/** The commands of a block. */
const commands = (text) => page.block(text).code.trim().split('\n').map(argsOf)

let guide
beforeEach(() => {
  guide = new PageFolder(page)
})
afterEach(() => guide.remove())

async function joinList(url, fields = {}) {
  const client = await new TestClient(`${url.replace('http', 'ws')}/wss`).opened
  await client.hello({ roomProtocol: 'shopping:1', roomId: 'home', ...fields })
  return client
}

/** What the guide says that people can do. */
async function shop(url) {
  const ann = await joinList(url, { clientName: 'Ann' })
  const watcher = await joinList(url)
  expect([ann.welcome.readonly, watcher.welcome.readonly]).toEqual([false, true])
  ann.change({ room: { 'item:1': 'milk' }, echo: true })
  for (const client of [ann, watcher])
    expect((await client.next()).roomChanges).toEqual([{ key: 'item:1', value: 'milk' }])
  expect((await watcher.ask('clear')).msg).toBe('you only watch')
  return { ann, watcher }
}

test('dev: two people share a list, and saving a hook is enough', { timeout: 60_000 }, async () => {
  const [dev] = commands('npx vite\n')
  const { url } = await guide.serve([...dev, '--port', '0', '--host', '127.0.0.1'])
  expect(await (await fetch(url)).text()).toContain('Shopping list')
  expect(await (await fetch(`${url}/main.js`)).text()).toContain('connect(')
  const { ann } = await shop(url)

  const file = join(guide.folder, 'live.js')
  writeFileSync(file, readFileSync(file, 'utf8').replace("msg: 'what?'", "msg: 'what now?'"))
  for (let msg; msg !== 'what now?';) ({ msg } = await ann.ask('dance'))
})

// Windows knows no SIGTERM: the server couldn't be asked to stop.
const isPossible = process.platform !== 'win32'
test.skipIf(!isPossible)(
  'production: vite build ends, the server serves, and the list is there after a restart',
  { timeout: 60_000 },
  async () => {
    const [build, start] = commands('npx vite build')
    const built = await guide.run(build)
    expect(built.code, built.output).toBe(0)

    const { url, child } = await guide.serve(start, { PORT: '0' })
    const [script] = /\/assets\/[\w-]+\.js/.exec(await (await fetch(url)).text())
    const answer = await fetch(url + script)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/javascript'])
    expect((await fetch(`${url}/../live.js`)).status).toBe(404)
    const { ann } = await shop(url)
    child.kill('SIGTERM')
    expect((await ann.closed).code).toBe(1001)
    expect((await once(child, 'close'))[0]).toBe(0)

    const next = await guide.serve(start, { PORT: '0' })
    expect((await joinList(next.url, { clientName: 'Bob' })).welcome.roomState).toEqual({ 'item:1': 'milk' })
  },
)

test('its test passes', async () => {
  const { code, output } = await guide.run(commands('node --test')[0])
  expect(code, output).toBe(0)
  expect(output).toMatch(/pass 1/)
})

test('SvelteKit: a route puts something on the list', async () => {
  const { POST } = await guide.import(page.block('+server.js'))
  const rooms = await startRooms({ wss })
  const ask = () => POST({ request: new Request('http://localhost/list', { method: 'POST', body: 'eggs' }) })
  expect((await ask()).status).toBe(204)
  const ann = await rooms.join('home')
  expect((await ask()).status).toBe(204)
  expect(await ann.next()).toMatchObject({
    roomChanges: [{ key: expect.stringMatching(/^item:/), value: 'eggs' }],
  })
  await rooms.stop()
})

everyBlockIsRun(page, isPossible)
