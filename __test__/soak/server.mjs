/**
 * The server under load: two room servers, one without hooks and one whose hooks are slow, behind an http and an https server. Run by
 * run.mjs as a process of its own; obeys `restart` (both room servers and both http servers, gracefully), and tells of itself.
 */

import { readdirSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { tlsIdentity } from '../support/server.mjs'

const { WSS } = createRequire(import.meta.url)('../../index.js')

/** Short, so that dead clients are found and rooms that are done with go within the run. */
const OPTIONS = {
  heartbeatIntervalMs: 3_000,
  maxBufferedBytes: 256 * 1024,
  emptyRoomTtlMs: 3_000,
  resumeMs: 10_000,
  resumeBytes: 64 * 1024,
}
const SAMPLE_MS = 5_000
/** How often the histogram looks at the event loop: its timer's interval is in every figure. */
const RESOLUTION_MS = 10

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

let roomServers = []
let httpServers = []
let ports = [0, 0]

async function start() {
  const plain = new WSS({ ...OPTIONS, path: '/plain' })
  const hooked = new WSS({ ...OPTIONS, path: '/hooked', orderedChanges: true })
  setHooks(hooked)
  roomServers = [plain, hooked]
  httpServers = [http.createServer(answer), https.createServer(tlsIdentity(), answer)]
  for (const [index, server] of httpServers.entries()) {
    for (const wss of roomServers) wss.addWebsockets(server)
    await new Promise((resolve) => server.listen(ports[index], '127.0.0.1', resolve))
  }
  ports = httpServers.map((server) => server.address().port)
}

const answer = (_request, response) => response.end('the application')

function setHooks(wss) {
  wss.onHelloReq = async (_wss, req) => {
    await pause(Math.random() * 20)
    return { clientState: req.clientState, readonly: !!req.readonly }
  }
  wss.onChangeReq = async (_wss, req) => {
    await (Math.random() < 0.1 ? pause(Math.random() * 20) : undefined)
    return { roomChanges: req.roomChanges, clientChanges: req.clientChanges, echo: req.echo }
  }
  // Looks at the room, so that it is leased.
  wss.onActionReq = (_wss, req, room) => ({
    type: 5,
    id: req.id,
    success: true,
    data: String(Object.keys(room.state).length),
  })
  wss.onLeave = (_wss, room) => Object.keys(room.clients).length
}

async function stop() {
  await Promise.all(roomServers.map((wss) => wss.close({ drainMs: 500 })))
  for (const server of httpServers) server.closeAllConnections()
  await Promise.all(httpServers.map((server) => new Promise((resolve) => server.close(resolve))))
}

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

function sample() {
  const { rss, heapUsed, external } = process.memoryUsage()
  const ms = (ns) => Math.max(0, ns / 1e6 - RESOLUTION_MS)
  const stats = roomServers.map((wss) => wss.stats())
  const sum = (name) => stats.reduce((total, each) => total + each[name], 0)
  process.send({
    kind: 'sample',
    at: Date.now(),
    rss,
    heapUsed,
    external,
    delayP50: ms(delay.percentile(50)),
    delayP99: ms(delay.percentile(99)),
    delayMax: ms(delay.max),
    descriptors: readdirSync('/proc/self/fd').length,
    connections: sum('connections'),
    rooms: sum('rooms'),
    messagesIn: sum('messagesIn'),
    messagesOut: sum('messagesOut'),
  })
  delay.reset()
}

process.on('unhandledRejection', (error) => {
  process.send({ kind: 'error', text: `unhandled rejection: ${error?.stack ?? error}` })
})

process.on('message', async (command) => {
  if (command !== 'restart') return
  await stop()
  await start()
  process.send({ kind: 'ready', ports })
})

process.on('disconnect', () => process.exit())

ports = process.argv.slice(2, 4).map(Number)
await start()
delay.enable()
setInterval(sample, SAMPLE_MS)
process.send({ kind: 'ready', ports })
