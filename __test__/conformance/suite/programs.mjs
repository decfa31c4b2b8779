/**
 * A property: whatever clients and the application do, in whatever order, what each client can put together from what it was told is the
 * room. What the application writes silently (`room.state[key] = value`) is told to newcomers only, until it is announced.
 */

import fc from 'fast-check'
import { expect } from 'vitest'
import { within } from '../../support/inbox.mjs'
import { View } from '../../support/view.mjs'

const CLIENTS = 5
const RUNS = 100
/** A failure is made smaller for so long, and no run begins after it. */
const LIMIT_MS = 10_000

const turn = () => new Promise(setImmediate)

/** Steps are data, so that fast-check can show and shorten a program. */
function steps(keys) {
  const client = fc.nat(CLIENTS - 1)
  const value = fc.string({ maxLength: 4 })
  const sets = fc.array(fc.record({ key: fc.constantFrom(...keys), value }, { requiredKeys: ['key'] }), {
    maxLength: 3,
  })
  const key = fc.constantFrom(...keys)
  return fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('join'), client, readonly: fc.boolean() }) },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('change'),
          client,
          room: sets,
          own: sets,
          echo: fc.boolean(),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('write'), key, value: fc.option(value) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('announce'), key, value }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('leave'), client, cut: fc.boolean() }) },
    ),
    { maxLength: 60, size: 'large' },
  )
}

/** One program, in a room of its own. */
class Program {
  #members = new Map()

  constructor(stage, roomId) {
    this.stage = stage
    this.roomId = roomId
  }

  get room() {
    return this.stage.wss.rooms[this.roomId]
  }

  async run(program) {
    for (const step of program) await this[step.do](step)
    await this.#settle()
    const { state, clients } = this.#truth()
    for (const { view } of this.#members.values()) {
      expect(view.state).toEqual(view.knowable(state))
      expect(view.clients).toEqual(clients)
    }
    for (const { client } of this.#members.values()) await client.terminate()
  }

  /** The room as the application sees it, and a newcomer would. */
  #truth() {
    if (!this.room) return { state: {}, clients: {} }
    const plain = (value) => JSON.parse(JSON.stringify(value))
    return { state: plain(this.room.state), clients: plain(this.stage.wss.getClientMap(this.room)) }
  }

  async join({ client: index, readonly }) {
    if (this.#members.has(index)) return
    const client = await this.stage.join({ roomId: this.roomId, readonly, clientName: `c${index}` })
    const view = new View(client.welcome)
    this.#members.set(index, { client, view, readonly, markers: 0 })
    void view.follow(client)
  }

  change({ client: index, room, own, echo }) {
    const member = this.#members.get(index)
    if (!member || member.readonly) return
    member.client.change({ room, client: echo ? own : undefined, echo })
    if (!echo) member.view.changesUnheard(room)
  }

  /** Silently. What clients have done before is done, so that the order is known. */
  async write({ key, value }) {
    await this.#settle()
    if (!this.room) return
    if (value === null) delete this.room.state[key]
    else this.room.state[key] = value
    for (const { view } of this.#members.values()) view.stale.add(key)
  }

  announce({ key, value }) {
    if (!this.room) return
    this.room.state[key] = value
    this.stage.wss.broadcastChange(this.room, { type: 3, roomChanges: [{ key, value }] })
  }

  async leave({ client: index, cut }) {
    const member = this.#members.get(index)
    if (!member) return
    this.#members.delete(index)
    await (cut ? member.client.terminate() : member.client.close())
  }

  /** Everything that was asked for is done, and has been told to everybody. */
  async #settle() {
    // What the application has done in this turn leaves with its end: a ping could be before it.
    await turn()
    await within(this.#allGone(), 'clients that left are still there')
    for (const member of this.#members.values()) {
      if (member.readonly) continue
      const marker = `${++member.markers}`
      member.client.change({ client: { marker }, echo: true })
      await within(member.view.own('marker', marker), 'the marker did not come back')
      member.view.unheardAreDone()
    }
    for (const { client } of this.#members.values()) await client.ping()
    await turn()
  }

  async #allGone() {
    while (Object.keys(this.room?.clients ?? {}).length > this.#members.size) await turn()
  }
}

export function programs({ behaviour }) {
  behaviour(
    'what each client can put together is the room, for any program',
    { timeout: 60_000 },
    async (s) => {
      // The original announces this key but doesn't store it.
      const keys = ['a', 'b', '7', ...(s.ours ? ['__proto__'] : [])]
      let count = 0
      const run = (program) => new Program(s, `program ${++count}`).run(program)
      await fc.assert(fc.asyncProperty(steps(keys), run), {
        numRuns: RUNS,
        interruptAfterTimeLimit: LIMIT_MS,
      })
      expect(count).toBeGreaterThan(0)
    },
  )
}
