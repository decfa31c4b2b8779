/** The server that is fuzzed, in a process of its own. Tells of errors that nobody caught, and at the end of what is left. */

import http from 'node:http'
import { createRequire } from 'node:module'
import { setHooks } from './hooks.mjs'
import { Random } from './random.mjs'

const { WSS } = createRequire(import.meta.url)('../../index.js')

const wss = new WSS({
  hookTimeoutMs: 300,
  heartbeatIntervalMs: 1_000,
  helloTimeoutMs: 1_000,
  emptyRoomTtlMs: 200,
  resumeMs: 300,
  maxBufferedBytes: 4 * 2 ** 20,
})
setHooks(wss, new Random(Number(process.argv[2])))

const tell = (kind, detail) => process.send({ kind, ...detail })
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => tell('error', { text: `${event}: ${error?.stack ?? String(error)}` }))

function figures() {
  globalThis.gc()
  const { connections, clients, rooms, pendingCalls } = wss.stats()
  const { rss, heapUsed } = process.memoryUsage()
  return { connections, clients, rooms, pendingCalls, rss, heapUsed }
}

process.on('message', () => tell('figures', figures()))
process.on('disconnect', () => process.exit())

const server = http.createServer((_request, response) => response.end())
wss.addWebsockets(server)
server.listen(0, '127.0.0.1', () => tell('ready', { port: server.address().port }))
