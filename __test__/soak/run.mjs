/**
 * `npm run soak -- --minutes 30`: clients write sequences and check those of all others, while lines break, clients come and go, and the
 * server is restarted, in part and as a whole. Fails when a message is lost, comes twice or out of order, when memory grows, or when the
 * event loop is held up more and more. With `--write` the plot goes to docs/soak.svg.
 */

import { parseArgs } from 'node:util'
import { PlainClient, ResumingClient } from './clients.mjs'
import { Lines } from './faults.mjs'
import { Tally } from './ledger.mjs'
import { ServerProcess } from './process.mjs'
import { judge, print, writeDocs } from './report.mjs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '160' },
    write: { type: 'boolean', default: false },
  },
})
const MINUTES = Number(values.minutes)
const CLIENTS = Number(values.clients)

/** A round: rooms of its own, trouble for most of it, then quiet until everybody has heard everything. */
const ROUND_MS = 60_000
const QUIET_AFTER_MS = 45_000
const ROOM_SIZE = 8
const WRITE_EVERY_MS = 5
const WRITERS_AT_ONCE = 2
const FAULT_EVERY_MS = 400
const CHURN_EVERY_MS = 250
/** Which rounds have a restart in their middle. */
const SERVERS_EACH = 3
const PROCESS_EACH = 10

const pick = (list) => list[Math.floor(Math.random() * list.length)]
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const tally = new Tally()
const server = new ServerProcess()
const lines = new Lines()
const totals = {
  rounds: 0,
  joined: 0,
  new: 0,
  replayed: 0,
  snapshot: 0,
  ends: 0,
  unknown: 0,
  serverRestarts: 0,
  processRestarts: 0,
}

/** One of every kind of line and of client in each room, as far as it has room for. */
function newClient(round, index) {
  const { line, kind } = lines.all[index % lines.all.length]
  const rooms = Math.ceil(CLIENTS / ROOM_SIZE / 2)
  const room = `${kind.path} ${round}-${Math.floor(index / lines.all.length) % rooms}`
  totals.joined++
  const Kind = Math.floor(index / 2) % 2 === 0 ? ResumingClient : PlainClient
  return new Kind(tally, line.url, room)
}

function goodbye(client) {
  for (const name of ['new', 'replayed', 'snapshot']) totals[name] += client.outcomes?.[name] ?? 0
  totals.ends += client.ends ?? 0
  totals.unknown += client.unknown ?? 0
  client.leave()
}

async function trouble(round, clients) {
  const every = (ms, run) => setInterval(run, ms)
  const timers = [
    every(WRITE_EVERY_MS, () => {
      for (let i = 0; i < WRITERS_AT_ONCE; i++) pick(clients).write()
    }),
    every(FAULT_EVERY_MS, () => lines.breakOne()),
    every(CHURN_EVERY_MS, () => {
      const index = Math.floor(Math.random() * clients.length)
      clients[index].act()
      goodbye(clients[index])
      clients[index] = newClient(round, index)
    }),
  ]
  await pause(QUIET_AFTER_MS / 2)
  await restart(round)
  await pause(QUIET_AFTER_MS / 2)
  timers.forEach(clearInterval)
  lines.mendAll()
}

async function restart(round) {
  if (round % PROCESS_EACH === PROCESS_EACH - 1) {
    totals.processRestarts++
    await server.restartProcess()
  } else if (round % SERVERS_EACH === SERVERS_EACH - 1) {
    totals.serverRestarts++
    await server.restartServers()
  }
}

/** All are connected, and each has heard all that the others in its room have written. */
async function quiet(clients, deadline) {
  const rooms = grouped(clients)
  for (;;) {
    const late = [...rooms.values()].flatMap((members) =>
      members.filter((client) => !client.isOpen || !client.hasAllOf(members)),
    )
    if (late.length === 0) return
    if (Date.now() > deadline) {
      for (const client of late)
        tally.complain(
          'lost',
          `${client.constructor.name} in ${client.roomId} ${client.isOpen ? 'has not heard everything' : `is not back: ${client.why}`}`,
        )
      return
    }
    await pause(50)
  }
}

function grouped(clients) {
  const rooms = new Map()
  for (const client of clients) rooms.set(client.roomId, [...(rooms.get(client.roomId) ?? []), client])
  return rooms
}

async function play(round) {
  const start = Date.now()
  const clients = Array.from({ length: CLIENTS }, (_, index) => newClient(round, index))
  await trouble(round, clients)
  await quiet(clients, Date.now() + 60_000)
  clients.forEach(goodbye)
  totals.rounds++
  console.log(
    `round ${round + 1}: ${tally.changes} changes heard, ${tally.lost} lost, ${tally.duplicated} twice, ${tally.reordered} out of order`,
  )
  await pause(Math.max(0, start + ROUND_MS - Date.now()))
}

await server.start()
await lines.open(server.ports)
const end = Date.now() + MINUTES * 60_000
for (let round = 0; Date.now() < end; round++) await play(round)
await server.kill()
void lines.close()

const result = { minutes: MINUTES, clients: CLIENTS, tally, totals, faults: lines.counts, server }
const verdict = judge(result)
print(result, verdict)
if (values.write) writeDocs(result, verdict)
process.exit(verdict.failures.length > 0 ? 1 : 0)
