/** docs/resume.md, run on a room server whose clients lose their connections. */

import { expect, test } from 'vitest'
import { everyBlockIsRun } from './page.mjs'
import { runs } from './running.mjs'

const its = runs('docs/resume.md')
const hello = { roomId: 'chess', ext: { resume: {} } }

test('the others hear who is away, who is back, and who is gone', async () => {
  await its.run('wss.onDrop')
  const [ann, bob] = [await its.rooms.join(hello), await its.rooms.join('chess')]
  const { token } = ann.welcome.ext.resume
  await ann.cut()
  expect(await bob.next({ type: 99 })).toEqual({ type: 99, away: ann.id })
  const back = await its.rooms.join({ ...hello, ext: { resume: { token, received: 0 } } })
  expect(await bob.next({ type: 99 })).toEqual({ type: 99, back: ann.id })
  await back.close(1000)
  await its.rooms.waitFor('chess', ({ counts }) => counts.clients === 1)
  expect(its.log.mock.calls).toEqual([[`${ann.id} has left chess`]])
})

test('who has lost the right is ejected when coming back', async () => {
  await its.run('please log in again')
  const ann = await its.rooms.join(hello, { headers: { Cookie: 'session=1' } })
  const { token } = ann.welcome.ext.resume
  await ann.cut()
  const back = await its.rooms.join({ ...hello, ext: { resume: { token, received: 0 } } })
  expect(await back.closed).toEqual({ code: 4500, reason: 'please log in again' })
})

everyBlockIsRun(its.page)
