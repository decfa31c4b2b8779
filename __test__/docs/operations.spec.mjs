/** docs/operations.md: servers that are told to end, figures for Prometheus, limits. proxies.spec.mjs has the settings for proxies. */

import { once } from 'node:events'
import http from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { parseMetrics } from '../operations/open-metrics.mjs'
import { TestClient } from '../support/client.mjs'
import { PageFolder } from './page-folder.mjs'
import { everyBlockIsRun } from './page.mjs'
import { read } from './pages.mjs'
import { withTextsOfHere } from './project.mjs'
import { runs } from './running.mjs'

const its = runs('docs/operations.md')

/** The application around the blocks, in a process of its own: prints what it does. */
const APPLICATION = `
import { wss } from '@cgreenhalgh/websocket-room-server'
globalThis.wss = wss
globalThis.handler = (request, response) => response.end('the application')
globalThis.database = { end: async () => console.log('the database is closed') }
wss.onLeave = async (_wss, room, clientId) => {
  await new Promise(setImmediate)
  console.log(\`\${clientId} has left\`)
}
`

/** As adapter-node's server does it. */
const ADAPTER_NODE = `
import { createServer } from 'node:http'
const server = createServer(handler)
wss.addWebsockets(server)
server.listen(3000)
process.once('SIGTERM', () => {
  server.closeIdleConnections()
  server.close((error) => error || process.emit('sveltekit:shutdown', 'SIGTERM'))
  server.closeAllConnections()
})
`

const HERE = {
  'server.listen(3000)': `server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))`,
}

// Windows knows no SIGTERM: a process couldn't be asked to stop.
const isPossible = process.platform !== 'win32'

describe.skipIf(!isPossible)('a server that is told to end', () => {
  let folder
  afterEach(() => folder.remove())

  /** Starts it with two clients in a room, tells it to end, and gives what the clients and those who look at its output see. */
  async function endOf(code) {
    folder = new PageFolder()
    folder.write('application.mjs', APPLICATION)
    folder.write('server.mjs', withTextsOfHere(code, HERE))
    const { url, child } = await folder.serve(['--import', './application.mjs', 'server.mjs'])
    expect(await (await fetch(url)).text()).toBe('the application')
    const clients = [await join(url), await join(url)]
    clients[0].change({ room: { last: 'word' } })
    await clients[1].next({ roomChanges: [{ key: 'last', value: 'word' }] })
    const ended = once(child, 'close')
    child.kill('SIGTERM')
    const closes = await Promise.all(clients.map(({ closed }) => closed))
    return { closes, ended: await ended, lines: child.output.trim().split('\n').slice(1) }
  }

  async function join(url) {
    const client = await new TestClient(`${url.replace('http', 'ws')}/wss`).opened
    await client.hello()
    return client
  }

  const LINES = ['connection:1 has left', 'connection:2 has left', 'the database is closed']

  test('clients get 1001, then leave hooks are done, then the database is closed, and the process ends', async () => {
    const { closes, lines, ended } = await endOf(its.page.block("process.once('SIGTERM'").code)
    expect(closes).toEqual(Array(2).fill({ code: 1001, reason: 'server going away' }))
    expect([...lines.slice(0, 2).sort(), ...lines.slice(2)]).toEqual(LINES)
    expect(ended).toEqual([0, null])
  })

  test('adapter-node: so it is on sveltekit:shutdown', async () => {
    const { closes, lines, ended } = await endOf(ADAPTER_NODE + its.page.block("'sveltekit:shutdown'").code)
    expect(closes.map(({ code }) => code)).toEqual([1001, 1001])
    expect([...lines.slice(0, 2).sort(), ...lines.slice(2)]).toEqual(LINES)
    expect(ended).toEqual([0, null])
  })
})

describe('figures', () => {
  /** What the page's table lists: `{ name, type, label }`. Names that begin with _ go on behind `room_server`. */
  function metricsOfPage() {
    const rows = read('docs/operations.md').matchAll(/^\| (`room_server_.+?) \| (gauge|counter|summary) \|/gm)
    return [...rows].flatMap(([, names, type]) =>
      [...names.matchAll(/`(?:room_server)?(_\w+)(?:\{(\w+)\})?`/g)].map(([, name, label]) => ({
        name: `room_server${name}`,
        type,
        label,
      })),
    )
  }

  test('Prometheus finds at the address of its settings what the page lists', async () => {
    let server
    vi.stubGlobal('createServer', (...args) => (server = http.createServer(...args)))
    await its.run('response.end(wss.metrics())', { here: { 9464: '0' } })
    await once(server, 'listening')
    its.rooms.wss.onActionReq = () => {
      throw new Error('no')
    }
    const client = await its.rooms.join()
    expect((await client.action('fail').closed).code).toBe(1002)
    await its.rooms.waitFor('room', ({ counts }) => counts.clients === 0)

    const { scrape_configs: jobs } = parseYaml(its.page.block('# prometheus.yml').code)
    const [target] = jobs[0].static_configs[0].targets
    const address = withTextsOfHere(target, { 9464: server.address().port })
    const response = await fetch(`http://${address}/metrics`)
    expect(response.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/)
    const families = parseMetrics(await response.text())
    server.close()

    const listed = metricsOfPage()
    const familyOf = ({ name, type }) => (type === 'counter' ? name.replace(/_total$/, '') : name)
    expect(listed.map(familyOf).sort()).toEqual([...families.keys()].sort())
    for (const metric of listed) {
      const { type, samples } = families.get(familyOf(metric))
      expect(type, metric.name).toBe(metric.type)
      if (metric.label) expect([...samples.keys()].join(), metric.name).toContain(`{${metric.label}="`)
    }
  })
})

test('limits for strangers', async () => {
  vi.stubGlobal(
    'WSS',
    class extends its.rooms.wss.constructor {
      constructor(options) {
        super(options)
        its.strict = this
      }
    },
  )
  await its.run('new WSS({')
  const server = http.createServer()
  its.strict.addWebsockets(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = await new TestClient(`ws://127.0.0.1:${server.address().port}/wss`).opened
  await client.hello()
  client.change({ client: { picture: 'x'.repeat(20_000) } })
  expect(await client.closed).toMatchObject({
    code: 1002,
    reason: expect.stringContaining('maxClientStateBytes'),
  })
  server.close()
  await its.strict.close()
})

everyBlockIsRun(its.page, isPossible)
