/** The settings for nginx in the pages, in nginx: TLS, the application's path, origins. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { freePort, tlsIdentity } from '../support/server.mjs'
import { blocks } from './pages.mjs'
import { Project } from './project.mjs'

const { NGINX = 'nginx' } = process.env
const found = spawnSync(NGINX, ['-v']).status === 0

/** All blocks of settings: a server, and a location to be added to it. */
const [location, server] = blocks.filter(({ lang }) => lang === 'nginx')

test('no page has other settings', () => {
  expect([location.page, server.page]).toEqual(['docs/MIGRATING.md', 'docs/operations.md'])
  expect(blocks.filter(({ lang }) => lang === 'nginx')).toHaveLength(2)
})

test('nginx was found', ({ skip }) => {
  if (found) return
  console.warn('The settings for nginx were NOT tried: there is none. Set NGINX to its path.')
  skip('there is no nginx')
})

describe.skipIf(!found)('nginx', () => {
  const project = new Project()
  const requests = []
  let rooms
  let nginx
  let port

  beforeAll(async () => {
    rooms = await startRooms({
      options: { allowedOrigins: 'same-host' },
      hooks: { onJoin: (_wss, _room, _id, client) => void requests.push(client.ws.request) },
      timeoutMs: 10_000,
    })
    port = await freePort()
    nginx = spawn(NGINX, ['-c', project.write('nginx.conf', configuration())], { stdio: 'inherit' })
    while (!(await listens(port))) expect(nginx.exitCode).toBe(null)
  })
  afterAll(async () => {
    nginx.kill('SIGTERM')
    await once(nginx, 'exit')
    await rooms.stop()
    project.remove()
  })

  /** Both pages' settings in one server; only ports and files are those of this machine. */
  function configuration() {
    const { key, cert } = tlsIdentity()
    const files = { 'app.key': project.write('app.key', key), 'app.pem': project.write('app.pem', cert) }
    const both = server.code.trimEnd().replace(/\}$/, location.code)
    const here = `${both}}`
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${rooms.port}`)
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replaceAll(/\/etc\/ssl\/(app\.\w+)/g, (_path, name) => files[name])
    const own = `daemon off; pid ${project.folder}/pid; error_log ${project.folder}/errors; events {}`
    return `${own}\nhttp {\naccess_log off;\n${here}\n}\n`
  }

  const origin = () => `https://127.0.0.1:${port}`

  test.each(['/wss', '/app/wss'])(
    '%s leads to the rooms, with Host and the address of the client',
    async (path) => {
      const client = await rooms.join('room', {
        url: `wss://127.0.0.1:${port}${path}`,
        headers: { Origin: origin() },
      })
      await client.ping()
      const { headers, url } = requests.at(-1)
      expect([url, headers.host, headers['x-forwarded-for']]).toEqual([
        '/wss',
        `127.0.0.1:${port}`,
        '127.0.0.1',
      ])
    },
  )

  test('pages of other origins are refused, and other requests reach the application', async () => {
    const url = `wss://127.0.0.1:${port}/wss`
    await expect(rooms.connect({ url, headers: { Origin: 'https://example.com' } })).rejects.toThrow('403')
    await expect(rooms.connect({ url: `wss://127.0.0.1:${port}/other` })).rejects.toThrow('404')
  })
})

async function listens(port) {
  try {
    await fetch(`http://127.0.0.1:${port}`)
    return true
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return false
  }
}
