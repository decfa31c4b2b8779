/** docs/faq.md: what it has as a file is run. */

import { expect, test } from 'vitest'
import { everyBlockIsRun } from './page.mjs'
import { runs } from './running.mjs'

const its = runs('docs/faq.md')

test('a leader is chosen, and another one when it leaves', async () => {
  await its.run('const leader')
  const [first, , third] = [
    await its.rooms.join({ clientState: { mayLead: 'true' } }),
    await its.rooms.join({ clientState: {} }),
    await its.rooms.join({ clientState: { mayLead: 'true' } }),
  ]
  await its.rooms.waitFor('room', ({ state }) => state.leader === first.id)
  await first.cut()
  await its.rooms.waitFor('room', ({ state }) => state.leader === third.id)
  await third.close()
  await its.rooms.waitFor('room', ({ state }) => !('leader' in state))
  expect(its.rooms.wss.room('room').counts.clients).toBe(1)
})

everyBlockIsRun(its.page)
