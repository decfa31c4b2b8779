/**
 * `npm run fuzz:js -- --seconds 600 --seed 1`: intruders against a server whose hooks misbehave, beside clients that must not notice.
 * The process stays up, nothing goes uncaught, nothing is lost for the others, and when all have gone nothing is left.
 */

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gate, within } from '../support/inbox.mjs'
import { Tally } from '../soak/ledger.mjs'
import { intrude } from './intruder.mjs'
import { Neighbour } from './neighbour.mjs'
import { Random } from './random.mjs'

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url))
const INTRUDERS = 40
const NEIGHBOURS = 6
const WRITE_EVERY_MS = 20
/** Runs that are longer compare their end with their middle: buffers and heap have their size by then, also on a busy machine. */
const COMPARED_MS = 120_000
const MAY_GROW = 1.1

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks `holds` again and again; what it throws last is the error. */
async function until(holds, ms = 20_000) {
  for (const end = Date.now() + ms; ;) {
    try {
      return await holds()
    } catch (error) {
      if (Date.now() > end) throw error
      await pause(50)
    }
  }
}

class Victim {
  errors = []
  #figures

  async start(seed) {
    const ready = gate()
    const options = { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }
    this.child = fork(SERVER, [String(seed)], options)
    this.child.on('message', (message) => {
      if (message.kind === 'ready') ready.open(message.port)
      if (message.kind === 'error') this.errors.push(message.text)
      if (message.kind === 'figures') this.#figures?.open(message)
    })
    this.child.on('exit', (code, signal) => this.errors.push(`the process ended: ${code ?? signal}`))
    this.port = await within(ready.promise, 'the server did not start')
    return this
  }

  figures() {
    this.#figures = gate()
    this.child.send('figures')
    return within(this.#figures.promise, 'the server did not answer')
  }

  check() {
    if (this.errors.length > 0) throw new Error(this.errors.join('\n'))
  }

  stop() {
    this.child.removeAllListeners('exit').kill('SIGKILL')
  }
}

export async function fuzz({ seconds, seed }) {
  const random = new Random(seed)
  const victim = await new Victim().start(random.below(2 ** 32))
  try {
    return await attack(victim, random, seconds)
  } finally {
    victim.stop()
  }
}

async function attack(victim, random, seconds) {
  const tally = new Tally()
  const url = `ws://127.0.0.1:${victim.port}/wss`
  const neighbours = []
  while (neighbours.length < NEIGHBOURS)
    neighbours.push(await new Neighbour(tally, `n${neighbours.length}`).join(url, 'good room'))
  const writing = setInterval(() => neighbours.forEach((each) => each.write()), WRITE_EVERY_MS)
  const end = Date.now() + seconds * 1000
  const lives = { count: 0 }
  const intruders = Array.from({ length: INTRUDERS }, () => keepIntruding(victim, random.fork(), end, lives))
  const middle =
    seconds * 1000 > COMPARED_MS ? await pause(seconds * 500).then(() => victim.figures()) : undefined
  await Promise.all(intruders)
  clearInterval(writing)
  const left = await quiet(victim, neighbours, tally)
  if (middle && left.rss > middle.rss * MAY_GROW)
    throw new Error(`memory grew from ${middle.rss} to ${left.rss} bytes`)
  return { lives: lives.count, changes: tally.changes, middle, left }
}

async function keepIntruding(victim, random, end, lives) {
  while (Date.now() < end) {
    victim.check()
    await intrude(victim.port, random)
    lives.count++
  }
}

/** The neighbours have everything, and nobody else is left. */
async function quiet(victim, neighbours, tally) {
  await until(() => {
    for (const each of neighbours) {
      if (each.failure) throw each.failure
      if (!each.hasAllOf(neighbours)) throw new Error(`${each.name} has not heard everything`)
    }
  })
  if (!tally.isClean) throw new Error(tally.complaints.join('\n'))
  const left = await until(async () => {
    const figures = await victim.figures()
    const { connections, clients, rooms, pendingCalls } = figures
    const same = connections === NEIGHBOURS && clients === NEIGHBOURS && rooms === 1 && pendingCalls === 0
    if (!same) throw new Error(`left over: ${JSON.stringify(figures)}`)
    return figures
  })
  victim.check()
  await Promise.all(neighbours.map((each) => each.leave()))
  return left
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
  })
  const seed = Number(values.seed ?? Date.now() % 2 ** 32)
  const seconds = Number(values.seconds)
  console.log(`npm run fuzz:js -- --seconds ${seconds} --seed ${seed}`)
  console.log(JSON.stringify(await fuzz({ seconds, seed }), null, 2))
}
