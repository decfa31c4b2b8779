/** The settings for proxies in the pages, in those proxies: TLS, the application's path, origins, reloads. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { freePort, tlsIdentity } from '../support/server.mjs'
import { PROXIES as LANGUAGES, blocks } from './pages.mjs'
import { Project, withTextsOfHere } from './project.mjs'

const { NGINX = 'nginx', CADDY = 'caddy' } = process.env

/** All blocks of settings: for nginx a server, and a location to be added to it. */
const SETTINGS = blocks.filter(({ lang }) => LANGUAGES.includes(lang))
const [location, server, site] = SETTINGS

test('no page has other settings', () => {
  const places = SETTINGS.map(({ page, lang }) => `${page} ${lang}`)
  expect(places).toEqual(['docs/MIGRATING.md nginx', 'docs/operations.md nginx', 'docs/operations.md caddy'])
})

/**
 * By name: how to find a proxy, and in a folder how to start it and have it read its settings anew. `configuration` is the pages' settings
 * with the ports and files of this machine.
 */
const PROXIES = {
  nginx: {
    program: NGINX,
    look: ['-v'],
    paths: ['/wss', '/app/wss'],
    start: (folder) => ['-c', `${folder}/configuration`],
    reload: ({ proxy }) => proxy.kill('SIGHUP'),
    configuration({ folder, port, rooms }) {
      const both = server.code.trimEnd().replace(/\}$/, location.code)
      const here = `${both}}`
        .replaceAll('127.0.0.1:3000', `127.0.0.1:${rooms.port}`)
        .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
        .replaceAll('/etc/ssl/app.', `${folder}/app.`)
      const own = `daemon off; pid ${folder}/pid; error_log ${folder}/errors; events {}`
      return `${own}\nhttp {\naccess_log off;\n${here}\n}\n`
    },
  },
  caddy: {
    program: CADDY,
    look: ['version'],
    paths: ['/wss'],
    start: (folder) => ['run', '--adapter', 'caddyfile', '--config', `${folder}/configuration`],
    reload({ folder, env }) {
      const args = ['reload', '--adapter', 'caddyfile', '--force', '--config', `${folder}/configuration`]
      expect(spawnSync(CADDY, args, { env, encoding: 'utf8' })).toMatchObject({ status: 0 })
    },
    configuration({ folder, port, rooms }) {
      const here = withTextsOfHere(site.code, {
        'app.example.org {': `https://:${port} {\nbind 127.0.0.1\ntls ${folder}/app.pem ${folder}/app.key`,
        '127.0.0.1:3000': `127.0.0.1:${rooms.port}`,
      })
      // Nothing but this port is listened on, and nobody is asked for certificates.
      const quiet = `admin unix/${folder}/admin\nauto_https off\nlog {\noutput discard\n}`
      return `{\n${quiet}\ndefault_sni localhost\n}\n${here}`
    },
  },
}

for (const [name, { program, look, paths, ...itself }] of Object.entries(PROXIES)) {
  const found = spawnSync(program, look).status === 0

  test(`${name} was found`, ({ skip }) => {
    if (found) return
    console.warn(`The settings for ${name} were NOT tried. Set ${name.toUpperCase()} to its path.`)
    skip(`there is no ${name}`)
  })

  describe.skipIf(!found)(name, () => {
    const project = new Project()
    const { folder } = project
    const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
    const requests = []
    let rooms
    let proxy
    let port

    beforeAll(async () => {
      rooms = await startRooms({
        options: { allowedOrigins: 'same-host' },
        hooks: { onJoin: (_wss, _room, _id, client) => void requests.push(client.ws.request) },
        timeoutMs: 10_000,
      })
      port = await freePort()
      const { key, cert } = tlsIdentity()
      project.write('app.key', key)
      project.write('app.pem', cert)
      project.write('configuration', itself.configuration({ folder, port, rooms }))
      proxy = spawn(program, itself.start(folder), { env, stdio: ['ignore', 'inherit', 'inherit'] })
      while (!(await listens(port))) expect(proxy.exitCode).toBe(null)
    })
    afterAll(async () => {
      proxy.kill('SIGTERM')
      await once(proxy, 'exit')
      await rooms.stop()
      project.remove()
    })

    const url = (path) => `wss://127.0.0.1:${port}${path}`
    const headers = () => ({ Origin: `https://127.0.0.1:${port}` })

    test.each(paths)('%s leads to the rooms, with Host and the address of the client', async (path) => {
      const client = await rooms.join('room', { url: url(path), headers: headers() })
      await client.ping()
      const request = requests.at(-1)
      expect([request.url, request.headers.host, request.headers['x-forwarded-for']]).toEqual([
        '/wss',
        `127.0.0.1:${port}`,
        '127.0.0.1',
      ])
    })

    test('pages of other origins are refused, and other requests reach the application', async () => {
      const elsewhere = { Origin: 'https://example.com' }
      await expect(rooms.connect({ url: url('/wss'), headers: elsewhere })).rejects.toThrow('403')
      await expect(rooms.connect({ url: url('/other') })).rejects.toThrow('404')
    })

    test('settings are read anew: connections stay, and new ones come', async () => {
      const client = await rooms.join('room', { url: url('/wss'), headers: headers() })
      itself.reload({ proxy, folder, env })
      const next = await rooms.join('room', { url: url('/wss'), headers: headers() })
      await client.next({ addClients: { [next.id]: { clientState: {} } } })
      await client.ping()
    })
  })
}

async function listens(port) {
  try {
    await fetch(`http://127.0.0.1:${port}`)
    return true
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return false
  }
}
