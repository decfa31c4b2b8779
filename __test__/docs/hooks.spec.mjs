/** docs/hooks.md, run on a room server with clients. */

import { expect, test } from 'vitest'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { everyBlockIsRun } from './page.mjs'
import { runs } from './running.mjs'

const its = runs('docs/hooks.md')

test('a game', async () => {
  const headers = { Cookie: 'session=1' }
  await its.run('wss.onLoadRoom')
  await expect(its.rooms.join('chess')).rejects.toThrow('error: please log in')
  const client = await its.rooms.join('chess', { headers })
  expect(client.welcome.roomState).toEqual({ turn: 'white' })
  expect(await client.next()).toEqual({ type: 99, hello: 'Ada' })
  wss.room('chess').set('turn', client.id)
  await client.next({ type: 3 })
  client.change({ room: { board: 'e4' } })
  expect((await client.next()).roomChanges).toEqual([{ key: 'board', value: 'e4' }])
  expect((await client.action('reset', { id: '1' }).next({ type: 5 })).success).toBe(true)
  client.change({ room: { board: 'e5' } })
  expect((await client.closed).reason).toBe('error: not your turn')
  wss.closeRoom('chess')
  expect(its.saved).toEqual([['chess', { turn: 'white' }]])
})

everyBlockIsRun(its.page)
