/**
 * `npm run test:leaks`: connects and cuts (10000, or CONNECTS), over TCP, a Unix socket and the TLS relay (or TRANSPORT), in a process of its own, and
 * counts file descriptors (/proc/self/fd) and JavaScript objects (v8.queryObjects) before and after.
 */

import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import v8 from 'node:v8'
import { frame, upgradeRequest } from '../support/raw-client.mjs'
import { HttpServer } from '../support/server.mjs'

const { WSS } = createRequire(import.meta.url)('../../index.js')

const CONNECTS = Number(process.env.CONNECTS ?? 10_000)
const TRANSPORTS = process.env.TRANSPORT ? [process.env.TRANSPORT] : ['http', 'unix', 'https']
const AT_ONCE = 20
/** What Node itself makes along the way; one object for each connect would be far more. */
const MAY_GROW = 80

const descriptors = () => readdirSync('/proc/self/fd').length
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Objects that a connection or a room is given; those that are reachable, as a collection comes first. */
function objects(kinds) {
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, v8.queryObjects(kind, { format: 'count' })]),
  )
}

/** How a connection comes and goes, in turn: joined or not, with and without a word, refused, broken. */
const LIVES = [
  (client) => client.join({ roomId: `room ${Math.floor(Math.random() * 50)}` }),
  (client) => client.upgrade(),
  async (client) => {
    await client.upgrade()
    await client.write(frame('nonsense')).untilClose()
  },
  async (client) => {
    await client.upgrade({ head: frame('unmasked', { mask: false }) })
    await client.untilClose()
  },
  (client) => client.write(upgradeRequest('/wss', { 'Sec-WebSocket-Key': undefined })).response(),
  async (client) => {
    await client.join()
    await client.write(frame('', { opcode: 8 })).untilClose()
  },
]

async function live(server, turn) {
  const client = await server.dial()
  await LIVES[turn % LIVES.length](client)
  if (turn % 2) client.reset()
  else client.socket.destroy()
}

async function run(wss, server, connects) {
  for (let at = 0; at < connects; at += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => live(server, at + index)))
  while (wss.stats().connections > 0) await pause(20)
  for (const id of Object.keys(wss.rooms)) delete wss.rooms[id]
  await pause(50)
}

/** What a hook holds. */
class HookData {}

/** Hooks of its own each time: the old ones must be let go. */
function swapHooks(wss) {
  const data = new HookData()
  wss.onHelloReq = (_wss, req) => ({ clientState: req.clientState, readonly: !data })
  wss.onLeave = (_wss, room) => void Object.keys(room.clients).length
}

async function measure(transport) {
  // Short, so that who is gone without a word is found out soon.
  const wss = new WSS({ heartbeatIntervalMs: 1_000 })
  const server = new HttpServer(transport)
  wss.addWebsockets(server.http)
  await server.listen()
  swapHooks(wss)
  await run(wss, server, 200)
  const kinds = { HookData, Object, Function, Map, Set, Promise }
  const before = { descriptors: descriptors(), ...objects(kinds) }
  const rounds = 5
  for (let round = 0; round < rounds; round++) {
    swapHooks(wss)
    await run(wss, server, CONNECTS / rounds)
  }
  const after = { descriptors: descriptors(), ...objects(kinds) }
  await wss.close()
  await server.stop()
  return { transport, connects: CONNECTS, before, after }
}

const failures = []
for (const transport of TRANSPORTS) {
  const result = await measure(transport)
  console.log(JSON.stringify(result))
  const { before, after } = result
  if (after.descriptors > before.descriptors) failures.push(`${transport}: descriptors were left open`)
  for (const name of Object.keys(after))
    if (name !== 'descriptors' && after[name] - before[name] > MAY_GROW)
      failures.push(`${transport}: ${after[name] - before[name]} more of ${name}`)
  // Those of the room server that is open, and none of those that were closed.
  if (before.HookData !== 1 || after.HookData !== 1) failures.push(`${transport}: old hooks are kept`)
}
for (const failure of failures) console.error(`FAILED: ${failure}`)
process.exit(failures.length > 0 ? 1 : 0)
