/** README.md: the server and the page against each other, and vite with its configuration. */

import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import * as vite from '../vite/project.mjs'
import { everyBlockIsRun } from './page.mjs'
import { runs } from './running.mjs'

const its = runs('README.md')

/** A page's WebSocket sends the cookies of its origin by itself. */
class PageSocket extends WebSocket {
  constructor(url) {
    super(url, { headers: { Cookie: 'session=1' } })
  }
}

test('the server, and the page', async () => {
  vi.stubGlobal('WebSocket', PageSocket)
  const { server } = await its.run('wss.addWebsockets(server)', {
    here: { 'server.listen(3000)': 'server.listen(0)' },
    give: ['server'],
  })
  const other = await its.rooms.join('table 5', { headers: { Cookie: 'session=2' } })
  await its.run("connect({ base: '' }", { here: { "{ base: '' }": `{ base: '${its.rooms.origin}' }` } })
  const [{ addClients }] = await other.take(1)
  const [id, { clientName }] = Object.entries(addClients)[0]
  expect(clientName).toBe('Ada')
  expect(await other.next()).toMatchObject({
    roomChanges: [{ key: 'card:1', value: '3,4' }],
    updateClients: { [id]: [{ key: 'hand', value: 'up' }] },
  })
  expect((await other.next()).roomChanges).toEqual([{ key: 'turn', value: id }])
  expect(its.log.mock.calls.at(-1)).toMatchObject(['open', { 'card:1': '3,4', turn: id }, { [id]: {} }])
  await expect(its.rooms.join('table 5')).rejects.toThrow('please log in')
  server.close()
})

/** In the place of SvelteKit's plugin; __test__/examples has the real one. */
const SVELTEKIT = {
  'node_modules/@sveltejs/kit/package.json': `{ "type": "module", "exports": { "./vite": "./vite.js" } }`,
  'node_modules/@sveltejs/kit/vite.js': `export const sveltekit = () => [{ name: 'a framework' }]`,
}

test('vite beside a framework: dev, build and preview', { timeout: 60_000 }, async () => {
  const project = new vite.Project('vite', {
    ...SVELTEKIT,
    'vite.config.js': its.page.block('// vite.config.js').code,
    'src/lib/live.ts': vite.answering(`'of the hooks'`),
  })
  try {
    const isServed = async (server) =>
      expect(await (await project.join(server)).ask('what?')).toMatchObject({ data: 'of the hooks' })
    await isServed(await project.dev({ server: { port: 0, host: '127.0.0.1' } }))
    expect(await project.run('vite', 'build')).toMatchObject({ code: 0, stderr: '' })
    await isServed(await project.preview({ preview: { port: 0, host: '127.0.0.1' } }))
  } finally {
    await project.close()
  }
})

everyBlockIsRun(its.page)
