/** The end of processes that serve rooms: they end by themselves, after their leave hooks. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { PACKAGE, runScript } from '../support/child.mjs'

/** Serves rooms on `http`; `join(then)` opens a client in the same process. Leave hooks take a while and then print. */
const SERVE = `
  const { wss } = require('./index.js')
  const { WebSocket } = require('ws')
  const http = require('node:http').createServer((_request, response) => response.end('ok'))
  wss.addWebsockets(http)
  wss.onLeave = async (_wss, room, id) => {
    for (let i = 0; i < 5; i++) await new Promise(setImmediate)
    console.log('left', room.id, id)
  }
  const hello = JSON.stringify({ protocol: 'websocket-room-server:1', roomProtocol: '', roomId: 'room', clientState: {} })
  function join(then) {
    const ws = new WebSocket('ws://127.0.0.1:' + http.address().port + '/wss')
    ws.on('open', () => ws.send(hello))
    ws.once('message', () => then(ws))
    ws.on('close', (code) => console.log('closed', code))
  }
  const listening = (then) => http.listen(0, '127.0.0.1', then)
`

/** adapter-node's own sequence on a signal. */
const SHUTDOWN = `
  function shutdown(reason) {
    http.closeIdleConnections()
    http.close((error) => error || process.emit('sveltekit:shutdown', reason))
    http.closeAllConnections()
  }
  process.on('SIGTERM', () => shutdown('SIGTERM'))
`

/** Runs it and expects that it ends by itself, quickly. */
async function endsWith(script, lines) {
  const { code, stdout, stderr, ms } = await runScript(`${SERVE};${script}`)
  expect([code, stderr, stdout.trim().split('\n').sort()]).toEqual([0, '', lines.sort()])
  expect(ms).toBeLessThan(6_000)
}

describe.concurrent('a process ends by itself', () => {
  test('after wss.close() and http.close()', async () => {
    await endsWith(
      `listening(() => join(async () => { await wss.close(); console.log('ended'); http.close() }))`,
      ['closed 1001', 'left room connection:1', 'ended'],
    )
  })

  test('wss.close() keeps it alive until clients in other processes have gone', async () => {
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`
        const { WebSocket } = require('ws')
        const ws = new WebSocket(process.argv[1])
        ws.on('open', () => ws.send(process.argv[2]))
        ws.on('close', (code) => console.log('closed', code))
      `)}, 'ws://127.0.0.1:PORT/wss', hello].map((arg) => arg.replace('PORT', http.address().port)),
        { stdio: ['ignore', 'inherit', 'inherit'] })
      child.unref()
    `
    await endsWith(
      `
      listening(() => { ${script} })
      const watch = setInterval(() => {
        if (!Object.keys(wss.rooms.room?.clients ?? {}).length) return
        clearInterval(watch)
        http.close()
        wss.close().then(() => console.log('ended'))
      }, 5)
    `,
      ['closed 1001', 'left room connection:1', 'ended'],
    )
  })

  // With wss.close() in it: __test__/docs/operations.spec.mjs.
  test("adapter-node's sequence: clients get 1001, leave hooks run", async () => {
    await endsWith(`${SHUTDOWN}; listening(() => join(() => process.kill(process.pid, 'SIGTERM')))`, [
      'closed 1001',
      'left room connection:1',
    ])
  })

  test('a client that does not answer keeps it for the time of the drain only', async () => {
    await endsWith(
      `
      listening(() => {
        const socket = require('node:net').connect(http.address().port, '127.0.0.1')
        socket.write('GET /wss HTTP/1.1\\r\\nHost: x\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n')
        socket.once('data', () => {
          http.close()
          wss.close({ drainMs: 100 }).then(() => console.log('ended'))
        })
        socket.on('close', () => console.log('cut'))
        socket.on('error', () => {})
      })`,
      ['ended', 'cut'],
    )
  })
})

const SCRIPTS = fileURLToPath(new URL('fixtures/', import.meta.url))

/** Starts a fixture, with enough descriptors. */
function start(name, args) {
  const command = `ulimit -n $(ulimit -Hn) && exec "${process.execPath}" "${SCRIPTS}${name}" ${args.join(' ')}`
  return spawn('sh', ['-c', command], { cwd: PACKAGE, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
}

const message = (child) => new Promise((resolve) => child.once('message', resolve))
const exit = (child) => new Promise((resolve) => child.once('exit', (...how) => resolve(how)))

test('5,000 clients are told, leave, and the process ends', async () => {
  const count = 5000
  const server = start('server.mjs', [])
  const { port } = await message(server)
  const crowd = start('crowd.mjs', [port, count])
  const ended = exit(server)
  await message(crowd)
  const codes = message(crowd)
  server.send('close')
  const { ms, leaves, stats } = await message(server)
  const closedAt = performance.now()
  expect(await ended).toEqual([0, null])
  console.log(
    `${count} clients: close() took ${ms.toFixed(0)} ms, the process ended ${(performance.now() - closedAt).toFixed(0)} ms later`,
  )
  expect(await codes).toEqual({ 1001: count })
  expect([leaves, stats.connections, stats.closes]).toEqual([count, 0, { 1001: count }])
  // 20 batches, 50 ms apart.
  expect(ms).toBeGreaterThan(900)
  expect(ms).toBeLessThan(9_000)
}, 60_000)
