/** The poll's hooks, with clients that do what people and networks do: `npm test`. */

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { ask } from './poll.js'

let rooms
beforeEach(async () => {
  rooms = await startRooms({ wss })
})
afterEach(() => rooms.stop())

/** Waits until the votes are these: `'1 0 0'`. */
const votesAre = (votes) =>
  rooms.waitFor('lunch', (poll) => {
    assert.equal([0, 1, 2].map((n) => poll?.state[`votes:${n}`]).join(' '), votes)
    return true
  })

async function voter(answer) {
  const client = await rooms.join('lunch')
  client.action('vote', { id: '1', data: answer })
  assert.equal((await client.next({ type: 5 })).success, true)
  return client
}

test('everybody has one vote, and may think again', async () => {
  const ann = await voter('0')
  await voter('0')
  await votesAre('2 0 0')
  ann.action('vote', { id: '2', data: '2' })
  await votesAre('1 0 1')
})

test('a vote goes with its client, however that goes', async () => {
  await voter('1')
  for (const fault of ['close', 'cut', 'cutMidFrame', 'end']) {
    const client = await voter('1')
    await votesAre('0 2 0')
    await client[fault]()
    await votesAre('0 1 0')
  }
})

test('who only watches has no vote, and who writes into the room is sent away', async () => {
  const watcher = await rooms.join({ roomId: 'lunch', readonly: true })
  assert.equal((await watcher.ask('vote', { data: '0' })).success, false)
  const ann = await voter('0')
  ann.change({ room: { 'votes:0': '99' } })
  assert.deepEqual(await ann.closed, { code: 1002, reason: 'error: please vote' })
  await votesAre('0 0 0')
})

test('a new question begins at zero, for those who have voted too', async () => {
  const ann = await voter('0')
  ask(wss.room('lunch'), 'When?', ['now', 'later', 'never'])
  await votesAre('0 0 0')
  ann.action('vote', { id: '2', data: '1' })
  await votesAre('0 1 0')
})
