/** docs/vite.md: an application of its two files on vite, from dev to the preview. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Project } from '../vite/project.mjs'
import { everyBlockIsRun, Page } from './page.mjs'

const page = new Page('docs/vite.md')
const HERE = { port: 0, host: '127.0.0.1' }
const HOOKS = 'src/live.ts'

let project
beforeEach(() => {
  const [config, hooks] = [page.block('// vite.config.js').code, page.block(`// ${HOOKS}`).code]
  project = new Project('vite', { 'vite.config.js': config, [HOOKS]: hooks })
})
afterEach(() => project.close())

const code = 'open sesame'
const enter = (server, roomCredential = code, fields = {}) =>
  project.join(server, { roomCredential, ...fields })

/** Those who know the code are let in, and nobody else. */
async function guards(server) {
  const client = await enter(server, code, { clientState: { hand: 'up' } })
  expect(client.welcome).toMatchObject({
    readonly: false,
    clients: { [client.id]: { clientState: { hand: 'up' } } },
  })
  expect((await enter(server, code, { readonly: true })).welcome.readonly).toBe(true)
  await expect(enter(server, 'let me in')).rejects.toThrow('wrong code')
  return client
}

test('dev: hooks from the first client on, saving them is enough, and a restart keeps rooms', async () => {
  const server = await project.dev({ server: HERE })
  const client = await guards(server)

  await project.save(HOOKS, page.block(`// ${HOOKS}`).code.replace(code, 'open barley'))
  await vi.waitFor(() => expect(enter(server)).rejects.toThrow('wrong code'), 10_000)
  client.change({ room: { door: 'open' }, echo: true })
  await client.next({ type: 3 })

  await server.restart()
  expect(await client.closed).toEqual({ code: 1001, reason: 'server closed' })
  const again = await enter(server, 'open barley')
  expect(again.welcome.roomState).toEqual({ door: 'open' })
})

test('build: it ends; preview: the hooks guard it, too', { timeout: 60_000 }, async () => {
  expect(await project.run('vite', 'build')).toMatchObject({ code: 0, stderr: '' })
  await guards(await project.preview({ preview: HERE }))
})

everyBlockIsRun(page)
