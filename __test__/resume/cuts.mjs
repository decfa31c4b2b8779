/**
 * Clients under load whose lines are cut at random, and the comparison of what they, a witness with a good line and the server have
 * seen in the end. The clients are those of `/client`; nothing here looks inside.
 */

import { WebSocket } from 'ws'
import { connect } from '@cgreenhalgh/websocket-room-server/client'
import { gate, within } from '../support/inbox.mjs'
import { CUTS, Line } from './line.mjs'

/** So many actions of one client wait at most. */
const PENDING = 20

/** Type of the messages to one client alone. */
const DIRECT = 99

/** A small generator of numbers that are the same for the same seed (mulberry32). */
function randomOf(seed) {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A client of the room that notes all that it is told. */
class Participant {
  /** Notifications of changes of the room, `key=value`, in order. */
  changes = []
  /** The numbers of what the server has sent to this client alone. */
  direct = []
  /** What became of the actions, by what they asked for. */
  actions = new Map()
  outcomes = { new: 0, replayed: 0, snapshot: 0 }
  /** Where in `changes` a snapshot came. */
  gaps = []
  lost = 0
  #sent = 0

  constructor(name, url, options) {
    this.name = name
    const hello = { roomProtocol: 'cuts', roomId: 'room', clientName: name }
    this.client = connect(url, hello, {
      WebSocket: class extends WebSocket {
        constructor(address) {
          super(address, { rejectUnauthorized: false })
        }
      },
      reconnect: { minMs: 1, maxMs: 4 },
      livenessMs: 250,
      connectTimeoutMs: 500,
      helloTimeoutMs: 500,
      ...options,
    })
    this.client.on('joined', ({ outcome }) => this.#joined(outcome))
    this.client.on('change', ({ roomChanges = [] }) => {
      for (const { key, value } of roomChanges) this.changes.push(`${key}=${value}`)
    })
    // An answer that was given up may still come, and is no message of the application's.
    this.client.on('message', ({ type, n }) => type === DIRECT && this.direct.push(n))
    this.client.on('lost', ({ messages, unheld }) => (this.lost += messages.length + unheld))
  }

  #joined(outcome) {
    this.outcomes[outcome]++
    if (outcome !== 'replayed') this.gaps.push({ changes: this.changes.length, direct: this.direct.length })
  }

  /** Asks and changes until it is told to stop. */
  async work(isOver, random) {
    while (!isOver()) {
      await pause(random(4))
      const number = ++this.#sent
      this.client.change({ room: { [this.name]: String(number) }, client: { at: String(number) } })
      if (this.actions.size - this.settled < PENDING) this.#act(`${this.name}:${number}`)
    }
  }

  settled = 0

  async #act(what) {
    this.actions.set(what, 'waits')
    try {
      const { data } = await this.client.action('do', what, { timeoutMs: 60_000 })
      this.actions.set(what, data)
    } catch (error) {
      this.actions.set(what, error.code)
    }
    this.settled++
  }

  /** Has sent the last of its numbers and heard of it, and has its answers. */
  get isDone() {
    const { state, status } = this.client
    const isTold = this.#sent === 0 || state[this.name] === String(this.#sent)
    return status === 'open' && isTold && this.settled === this.actions.size
  }
}

/** The room server's side: what it has done, and what it has told whom. */
class Deeds {
  done = new Map()
  told = new Map()
  left = []
  drops = 0
  resumes = 0

  constructor(wss, random) {
    wss.onActionReq = async (_wss, req, _room, id, info) => {
      this.done.set(req.data, (this.done.get(req.data) ?? 0) + 1)
      // Some answer at once, some while the client may be gone.
      if (random(2)) await pause(random(8))
      const n = (this.told.get(id) ?? 0) + 1
      this.told.set(id, n)
      info.send({ type: DIRECT, n })
      return { type: 5, id: req.id, success: true, data: `${req.data} done` }
    }
    wss.onDrop = () => void this.drops++
    wss.onResume = () => void this.resumes++
    wss.onLeave = (_wss, _room, id) => void this.left.push(id)
  }
}

/**
 * @param {import('../support/stage.mjs').Stage} stage
 * @param {{ cuts: number, seed: number, clients?: number, kinds?: string[] }} options
 */
export async function runCuts(stage, { cuts, seed, clients = 6, kinds = Object.keys(CUTS) }) {
  const random = randomOf(seed)
  const deeds = new Deeds(stage.wss, random)
  const lines = []
  const participants = []
  const url = new URL(stage.server.url())
  const enter = async (name, port) => {
    url.port = String(port)
    const participant = new Participant(name, url.href)
    participants.push(participant)
    await within(participant.client.opened(), `${name} did not get in`)
    return participant
  }
  const target = stage.server.http.address()
  try {
    const witness = await enter('witness', target.port)
    for (let n = 0; n < clients; n++) {
      lines.push(await new Line(target).listen())
      await enter(`client${n}`, lines[n].port)
    }
    let left = cuts
    const over = gate()
    let isOver = false
    const [, ...cutOff] = participants
    const work = cutOff.map((participant) => participant.work(() => isOver, random))
    const counts = Object.fromEntries(kinds.map((kind) => [kind, 0]))
    const cutAll = lines.map(async (line, n) => {
      const { client } = cutOff[n]
      while (left > 0) {
        await pause(random(40))
        const kind = kinds[random(kinds.length)]
        // Most cuts are those of sessions at work, some of those that are just coming back.
        if (client.status !== 'open' && random(5) > 0) continue
        if (left > 0 && line.cut(kind, random)) {
          counts[kind]++
          left--
        }
      }
    })
    Promise.all(cutAll).then(over.open, over.fail)
    await over.promise
    isOver = true
    await Promise.all(work)
    await settled(participants)
    return { cuts, witness, participants, cutOff, deeds, counts }
  } finally {
    for (const { client } of participants) client.leave({ timeoutMs: 0 })
    for (const line of lines) await line.close()
  }
}

/** Waits until all have heard all. */
async function settled(participants) {
  const deadline = performance.now() + 20_000
  const [witness] = participants
  const agree = ({ client }) => JSON.stringify(client.state) === JSON.stringify(witness.client.state)
  while (!participants.every((one) => one.isDone && agree(one))) {
    if (performance.now() > deadline) {
      const late = participants.filter((one) => !one.isDone || !agree(one))
      throw new Error(
        `not settled: ${late.map(({ name, client }) => `${name} ${client.status} ${JSON.stringify(client.reason)}`)}`,
      )
    }
    await pause(10)
  }
}
