/** What has to hold after random cuts under load, however many. RESUME_SEED repeats a run. */

import { expect, test } from 'vitest'
import { pkg } from '../support/lifecycle.mjs'
import { Stage } from '../support/stage.mjs'
import { runCuts } from './cuts.mjs'

const SEED = Number(process.env.RESUME_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Everything is over when there is nothing left to be told: what the room is like, for the server and for each client. */
function expectOneRoom(stage, { participants }) {
  const { state, clients } = stage.wss.rooms.room
  const known = Object.entries(clients).map(([id, { clientState }]) => [id, { ...clientState }])
  for (const { client } of participants) {
    expect(client.state).toEqual({ ...state })
    const seen = Object.entries(client.clients).map(([id, { clientState }]) => [id, { ...clientState }])
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(known))
  }
}

/** Each action was done once and its answer came, or it is told to be lost; then it was done once at most. */
function expectActionsOnce({ cutOff, deeds }) {
  let lost = 0
  for (const { actions } of cutOff) {
    for (const [what, became] of actions) {
      if (became === `${what} done`) expect([what, deeds.done.get(what)]).toEqual([what, 1])
      else {
        expect([what, became]).toEqual([what, 'LOST'])
        expect(deeds.done.get(what) ?? 0).toBeLessThanOrEqual(1)
        lost++
      }
    }
  }
  return lost
}

/** The notifications of one key, which its sender counts up: none twice, none out of order; `from`: the first that may come. */
function expectCounting(numbers, from) {
  let expected = from
  for (const number of numbers) {
    if (number !== expected) throw new Error(`${number} instead of ${expected}`)
    expected++
  }
}

function report(transport, { cuts, counts, participants, deeds }, more = '') {
  const total = (name) => participants.reduce((sum, { outcomes }) => sum + outcomes[name], 0)
  const actions = participants.reduce((sum, one) => sum + one.actions.size, 0)
  const changes = participants.reduce((sum, one) => sum + one.changes.length, 0)
  const kinds = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`)
  console.log(
    `${transport}, seed ${SEED}: ${cuts} cuts (${kinds.join(', ')}); ${total('replayed')} replays, ${total('snapshot')} snapshots, ` +
      `${total('new') - participants.length} new; ${deeds.drops} drops; ${actions} actions, ${changes} notifications${more}`,
  )
}

async function onStage(transport, options, run) {
  const stage = await Stage.open({ ...pkg, transport }, options)
  try {
    await run(stage)
  } finally {
    await stage.close()
  }
}

/** @param {number} cuts so many for each test */
export function testCuts(cuts) {
  const TIMEOUT = { timeout: 30_000 + cuts * 200 }

  for (const transport of ['http', 'https']) {
    test(`what is held is enough: nothing is lost, nothing comes twice (${transport})`, TIMEOUT, async () => {
      await onStage(transport, { heartbeatIntervalMs: 100, resumeBytes: 64 << 20 }, async (stage) => {
        const run = await runCuts(stage, { cuts, seed: SEED })
        report(transport, run)
        expectOneRoom(stage, run)
        expect(expectActionsOnce(run)).toBe(0)
        expect(run.deeds.left).toEqual([])
        for (const { name, client, changes, direct, outcomes, lost } of run.cutOff) {
          expect([name, outcomes.new, outcomes.snapshot, lost]).toEqual([name, 1, 0, 0])
          // All that the witness has seen since this one came in, in the same order.
          expect(changes).toEqual(run.witness.changes)
          expectCounting(direct, 1)
          expect(direct.length).toBe(run.deeds.told.get(client.id) ?? 0)
        }
        for (const { name } of run.cutOff) {
          const own = run.witness.changes.filter((change) => change.startsWith(`${name}=`))
          expectCounting(
            own.map((change) => Number(change.split('=')[1])),
            1,
          )
        }
      })
    })
  }

  test(
    'what is held is too little: the room comes as a whole, and the rest is told to be lost',
    TIMEOUT,
    async () => {
      await onStage('http', { heartbeatIntervalMs: 100, resumeBytes: 4000 }, async (stage) => {
        const run = await runCuts(stage, { cuts, seed: SEED + 1 })
        const lost = expectActionsOnce(run)
        report('http', run, `, ${lost} told to be lost`)
        expectOneRoom(stage, run)
        expect(run.deeds.left).toEqual([])
        const snapshots = run.cutOff.reduce((sum, { outcomes }) => sum + outcomes.snapshot, 0)
        expect(snapshots).toBeGreaterThan(0)
        for (const { outcomes, changes, direct, gaps, lost: messages } of run.cutOff) {
          expect([outcomes.new, messages]).toEqual([1, 0])
          // Between two snapshots there is no gap.
          const ends = [...gaps.slice(1), { changes: changes.length, direct: direct.length }]
          gaps.forEach((gap, index) => {
            const seen = changes.slice(gap.changes, ends[index].changes)
            if (seen.length > 0) {
              const place = run.witness.changes.indexOf(seen[0])
              expect(seen).toEqual(run.witness.changes.slice(place, place + seen.length))
            }
            const told = direct.slice(gap.direct, ends[index].direct)
            expectCounting(told, told[0])
          })
        }
      })
    },
  )
}
