/** The test kit in jest, which loads CommonJS only, and complains when something keeps the process alive. */

const { startRooms } = require('@cgreenhalgh/websocket-room-server/testing')

test('a change reaches the others', async () => {
  const rooms = await startRooms()
  const [ann, bob] = [await rooms.join('chess'), await rooms.join('chess')]
  ann.change({ room: { turn: 'white' } })
  expect((await bob.next()).roomChanges).toEqual([{ key: 'turn', value: 'white' }])
  bob.freeze()
  await ann.cut()
  await rooms.stop()
})
