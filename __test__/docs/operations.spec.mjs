/** docs/operations.md: servers that are told to end, figures for Prometheus, limits. proxies.spec.mjs has the settings for proxies. */

import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
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
globalThis.handler = (request, response) => response.end('the application')
globalThis.database = { end: async () => console.log('the database is closed') }
wss.onLeave = async (_wss, room, clientId) => {
  await new Promise(setImmediate)
  console.log(\`\${clientId} has left\`)
}
`

/** Its server, for blocks that have none. */
const SERVER = `
import { createServer } from 'node:http'
import { wss as rooms } from '@cgreenhalgh/websocket-room-server'
const server = createServer(handler)
rooms.addWebsockets(server)
server.listen(3000)
`

/** The same, with the end that adapter-node's has. */
const ADAPTER_NODE = `${SERVER}
process.once('SIGTERM', () => {
  server.closeIdleConnections()
  server.close((error) => error || process.emit('sveltekit:shutdown', 'SIGTERM'))
  server.closeAllConnections()
})
`

const HERE = {
  'server.listen(3000)': `server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))`,
}

let folder
afterEach(() => folder?.remove())

/** Starts the application with this code: `{ url, child }`. */
function serve(code) {
  folder = new PageFolder()
  folder.write('application.mjs', APPLICATION)
  folder.write('server.mjs', withTextsOfHere(code, HERE))
  return folder.serve(['--import', './application.mjs', 'server.mjs'])
}

async function join(url, fields) {
  const client = await new TestClient(`${url.replace('http', 'ws')}/wss`).opened
  await client.hello(fields)
  return client
}

// Windows knows no SIGTERM: a process couldn't be asked to stop.
const isPossible = process.platform !== 'win32'

describe.skipIf(!isPossible)('a server that is told to end', () => {
  /** Starts it with two clients in a room, tells it to end, and gives what the clients and those who look at its output see. */
  async function endOf(code) {
    const { url, child } = await serve(code)
    expect(await (await fetch(url)).text()).toBe('the application')
    const clients = [await join(url), await join(url)]
    clients[0].change({ room: { last: 'word' } })
    await clients[1].next({ roomChanges: [{ key: 'last', value: 'word' }] })
    const ended = once(child, 'close')
    child.kill('SIGTERM')
    const closes = await Promise.all(clients.map(({ closed }) => closed))
    return { closes, ended: await ended, lines: child.output.trim().split('\n').slice(1) }
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
    const { metrics } = await its.run('response.end(wss.metrics())', {
      here: { 9464: '0' },
      give: ['metrics'],
    })
    await once(metrics, 'listening')
    its.rooms.wss.onActionReq = () => {
      throw new Error('no')
    }
    const client = await its.rooms.join()
    expect((await client.action('fail').closed).code).toBe(1002)
    await its.rooms.waitFor('room', ({ counts }) => counts.clients === 0)

    const { scrape_configs: jobs } = parseYaml(its.page.block('# prometheus.yml').code)
    const [target] = jobs[0].static_configs[0].targets
    const address = withTextsOfHere(target, { 9464: metrics.address().port })
    const response = await fetch(`http://${address}/metrics`)
    expect(response.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/)
    const families = parseMetrics(await response.text())
    metrics.close()

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

test('limits for strangers: who is past one of them is closed', async () => {
  const { url } = await serve(its.page.block('maxClientStateBytes').code + SERVER)
  const kib = (count) => 'x'.repeat(count * 1024)
  const witness = await join(url)

  const tooLong = await join(url)
  tooLong.change({ room: { text: kib(64) } })
  expect((await tooLong.closed).code).toBe(1009)
  const tooLarge = await join(url)
  tooLarge.change({ client: { picture: kib(16) } })
  expect((await tooLarge.closed).reason).toContain('maxClientStateBytes')
  const tooFast = await join(url)
  for (let i = 0; i < 300; i++) tooFast.change({ client: { count: `${i}` } })
  expect((await tooFast.closed).code).toBe(4101)
  await expect(join(url, { clientState: { picture: kib(16) } })).rejects.toThrow('1009')

  await witness.ping()
})

everyBlockIsRun(its.page, isPossible)
