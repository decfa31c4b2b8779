/** docs/guide.md, followed to its end: in dev, in production, and its test. __test__/demo has it in a browser. */

import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestClient } from '../support/client.mjs'
import { PageFolder } from './page-folder.mjs'

const VITE = 'node_modules/vite/bin/vite.js'

let guide
beforeEach(() => {
  guide = new PageFolder('docs/guide.md')
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
  const { url } = await guide.serve([VITE, '--port', '0', '--host', '127.0.0.1'])
  expect(await (await fetch(url)).text()).toContain('Shopping list')
  expect(await (await fetch(`${url}/main.js`)).text()).toContain('connect(')
  const { ann } = await shop(url)

  const file = join(guide.folder, 'live.js')
  writeFileSync(file, readFileSync(file, 'utf8').replace("msg: 'what?'", "msg: 'what now?'"))
  for (let msg; msg !== 'what now?';) ({ msg } = await ann.ask('dance'))
})

// Windows knows no SIGTERM: the server couldn't be asked to stop.
test.skipIf(process.platform === 'win32')(
  'production: vite build ends, the server serves, and the list is there after a restart',
  { timeout: 60_000 },
  async () => {
    const built = await guide.run([VITE, 'build'])
    expect(built.code, built.output).toBe(0)

    const { url, child } = await guide.serve(['server.mjs'], { PORT: '0' })
    const page = await (await fetch(url)).text()
    const [script] = /\/assets\/[\w-]+\.js/.exec(page)
    const answer = await fetch(url + script)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/javascript'])
    expect((await fetch(`${url}/../live.js`)).status).toBe(404)
    const { ann } = await shop(url)
    child.kill('SIGTERM')
    expect((await ann.closed).code).toBe(1001)
    expect((await once(child, 'close'))[0]).toBe(0)

    const next = await guide.serve(['server.mjs'], { PORT: '0' })
    expect((await joinList(next.url, { clientName: 'Bob' })).welcome.roomState).toEqual({ 'item:1': 'milk' })
  },
)

test('its test passes', async () => {
  const { code, output } = await guide.run(['--test', 'live.test.js'])
  expect(code, output).toBe(0)
  expect(output).toMatch(/pass 1/)
})
