/** A hook that does not wait is one step with its effects: nothing of its room comes between. */

import { expect } from 'vitest'
import { spin, staged } from '../support/lifecycle.mjs'

staged('two clients that reach for one seat: exactly one gets it, 100 times', async (s) => {
  s.wss.onActionReq = async (_wss, { data: seat }, room, clientId) => {
    if (room.state[seat]) return { got: false }
    spin(0.5)
    room.state[seat] = clientId
    return { got: true }
  }
  const clients = await s.joinAll(2)
  for (let i = 0; i < 100; i++) {
    for (const client of clients) client.action('take', { data: `seat ${i}` })
    const answers = await Promise.all(clients.map((client) => client.next()))
    expect(answers.map(({ got }) => got).sort()).toEqual([false, true])
  }
})

staged('a change hook that counts one up never loses a count', async (s) => {
  s.wss.onChangeReq = async (_wss, _req, room) => ({
    roomChanges: [{ key: 'n', value: `${Number(room.state.n ?? 0) + 1}` }],
    echo: true,
  })
  const clients = await s.joinAll(4)
  for (let i = 0; i < 50; i++) for (const client of clients) client.change({ room: [] })
  for (const client of clients) {
    const heard = (await client.take(200)).map(({ roomChanges }) => Number(roomChanges[0].value))
    expect(heard).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  }
  expect(s.wss.rooms.room.state.n).toBe('200')
})

staged('a hello hook that counts the seats never gives one twice', async (s) => {
  s.wss.onHelloReq = async (wss, { clientState, roomId }) => {
    const taken = Object.values(wss.rooms[roomId]?.clients ?? {}).map((info) => info.clientState.seat)
    let seat = 0
    while (taken.includes(`${seat}`)) seat++
    return { clientState: { ...clientState, seat: `${seat}` }, readonly: false }
  }
  const clients = await Promise.all(Array.from({ length: 30 }, () => s.join()))
  const seats = clients.map(({ welcome, id }) => Number(welcome.clients[id].clientState.seat))
  expect(seats.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i))
})

staged('leaving is one step: a hook sees a client either listed or gone with its seat freed', async (s) => {
  s.wss.onHelloReq = async (wss, { clientState, roomId }, clientId) => {
    const room = (wss.rooms[roomId] ??= { id: roomId, clients: {}, state: {} })
    room.state[clientId] = 'seated'
    return { clientState, readonly: false }
  }
  s.wss.onLeave = (_wss, room, clientId) => delete room.state[clientId]
  s.wss.onActionReq = async (_wss, _req, room) => ({
    seats: Object.keys(room.state),
    clients: Object.keys(room.clients),
  })
  const asker = await s.join()
  const others = await s.joinAll(20)
  for (const { ws } of others) {
    ws.terminate()
    asker.action('look')
  }
  for (let answers = 0; answers < 20;) {
    const { seats, clients } = await asker.next()
    if (!seats) continue
    answers++
    expect(seats).toEqual(clients)
  }
})
