/** Options for the room server, which has to be a fresh one, and vitest with the plugin in its configuration. */

import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PACKAGE } from '../support/child.mjs'
import { answering, configured, Project } from './project.mjs'

let project

beforeEach(() => {
  project = new Project('vite', { 'src/live.ts': answering(`'one'`) })
})
afterEach(() => project.close())

const rooms = (options) => configured(`{ hooks: 'src/live.ts', options: ${options} }`)

test('options count, restarts with the same ones are fine, and others need a new process', async () => {
  project.write('vite.config.mjs', rooms(`{ path: '/live', maxClients: 1 }`))
  const server = await project.dev()
  await project.join(server, {}, '/live')
  await expect(project.client(server, '/live').opened).rejects.toThrow('503')

  await server.restart()
  const client = await project.join(server, {}, '/live')
  await project.save('vite.config.mjs', rooms(`{ path: '/live', maxClients: 2 }`))
  await vi.waitFor(() => expect(project.log).toContain('configure comes too late for maxClients'), 10_000)
  expect(project.log).toContain('server restart failed')
  await client.quiet()
})

test('a vite that is too old is told so', async () => {
  const plugin = (await import('@cgreenhalgh/websocket-room-server/vite')).rooms()
  expect(() => plugin.configResolved({ plugins: [plugin] })).toThrow('rooms() needs vite 6')
})

test('vitest with the plugin in its configuration runs and ends; it neither serves nor loads the hooks', async () => {
  project.write('vite.config.mjs', configured())
  project.write('src/live.ts', `console.log('the hooks were loaded')`)
  project.write('one.test.js', `import { test } from 'vitest'\ntest('one', () => {})`)
  project.link('vitest', join(PACKAGE, 'node_modules/vitest'))
  const { code, stdout, stderr } = await project.run('vitest', 'run')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('1 passed')
  expect(stdout).not.toContain('the hooks were loaded')
})
