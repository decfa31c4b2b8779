/** The last one leaves while the next one comes: nobody ever lands in a deleted or an unfinished room. */

import { expect } from 'vitest'
import { helloReq } from '../support/messages.mjs'
import { staged, turn } from '../support/lifecycle.mjs'

const ROUNDS = 10
const ROOMS = 50

staged(
  `of ${ROUNDS * ROOMS} joiners, each meeting the last leaver of its room, all find a whole room`,
  async (s) => {
    let lives = 0
    let deleted = 0
    s.wss.onHelloReq = async (wss, req) => {
      if (!wss.rooms[req.roomId]) {
        await turn()
        wss.rooms[req.roomId] ??= { id: req.roomId, clients: {}, state: { life: `${++lives}` } }
      }
      return { clientState: req.clientState, readonly: false }
    }
    s.wss.onLeave = async (wss, room) => {
      if (Object.keys(room.clients).length > 0) return
      deleted++
      delete wss.rooms[room.id]
    }
    const roomIds = Array.from({ length: ROOMS }, (_, i) => `room ${i}`)
    let holders = await Promise.all(roomIds.map((roomId) => s.join({ roomId })))
    for (let round = 0; round < ROUNDS; round++) {
      const joiners = await Promise.all(roomIds.map(() => s.connect()))
      for (const [i, joiner] of joiners.entries()) {
        // Now one, now the other is a little earlier.
        if ((round + i) % 2) holders[i].ws.terminate()
        joiner.send(helloReq({ roomId: roomIds[i] }))
        if ((round + i) % 2 === 0) holders[i].ws.terminate()
      }
      await Promise.all(
        joiners.map(async (joiner, i) => {
          joiner.welcome = await joiner.next()
          expect(joiner.welcome.roomState).toEqual({ life: expect.any(String) })
          await holders[i].closed
        }),
      )
      for (const [i, joiner] of joiners.entries()) {
        const room = s.wss.rooms[roomIds[i]]
        expect(room.state.life).toBe(joiner.welcome.roomState.life)
        expect(Object.keys(room.clients)).toContain(joiner.id)
      }
      holders = joiners
    }
    expect(deleted).toBeGreaterThan(20)
  },
  { timeout: 60_000 },
)
