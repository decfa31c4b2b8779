/** docs/rooms.md, run on a room server with clients. */

import { expect, test } from 'vitest'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { everyBlockIsRun } from './page.mjs'
import { runs } from './running.mjs'

const its = runs('docs/rooms.md')

test('what can be done with a room', async () => {
  const client = await its.rooms.join('chess')
  await its.run('room.update(')
  const room = wss.room('chess')
  expect({ ...room.state }).toEqual({ turn: 'black', clock: '300', moves: '1' })
  expect(room.data.startedAt).toBeGreaterThan(0)
  expect(await client.until({ type: 99 })).toHaveLength(5)
})

test('a client is asked when it joins', async () => {
  await its.run('client.request(')
  const [ready, other] = [await its.rooms.join('chess'), await its.rooms.join('chess')]
  for (const [client, success] of [
    [ready, true],
    [other, false],
  ]) {
    expect(await client.next({ type: 99 })).toEqual({ type: 99, text: 'to you alone' })
    const { id } = await client.next({ type: 4, action: 'ready?', data: 'round 1' })
    client.send({ type: 5, id, success, data: 'yes' })
  }
  expect(await other.closed).toEqual({ code: 4500, reason: 'come back when you are ready' })
  await its.rooms.waitFor('chess', ({ state }) => state[`ready:${ready.id}`] === 'yes')
})

test('ejecting, and closing', async () => {
  wss.rooms.chess = { id: 'chess', clients: {}, state: {} }
  const [cheat, client] = [await its.rooms.join('chess'), await its.rooms.join('chess')]
  await its.run('wss.closeRoom(', { here: { 'connection:7': cheat.id } })
  expect(await cheat.closed).toEqual({ code: 4500, reason: 'cheating' })
  expect(await client.closed).toEqual({ code: 4501, reason: 'the tournament is over' })
  expect(wss.room('chess')).toBeUndefined()
})

everyBlockIsRun(its.page)
