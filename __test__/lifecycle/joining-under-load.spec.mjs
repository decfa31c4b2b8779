/** What a joiner is told of the room and what it hears next are the whole room: nothing is missed, nothing comes twice. */

import { expect } from 'vitest'
import { staged } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'

const CHANGES = 400

for (const hooked of [false, true]) {
  staged(
    `60 joiners in busy rooms, ${hooked ? 'with hooks' : 'without hooks'}`,
    async (s) => {
      if (hooked) {
        s.wss.onHelloReq = async (_wss, { clientState, readonly }) => ({ clientState, readonly })
        s.wss.onChangeReq = async (_wss, { roomChanges }) => ({ roomChanges })
      }
      for (let round = 0; round < 6; round++) {
        const roomId = `room ${round}`
        const writer = await s.join({ roomId, readonly: false })
        const joiners = []
        for (let i = 1; i <= CHANGES; i++) {
          writer.change({ room: { n: `${i}` } })
          if (i % 40) continue
          const joiner = await s.connect()
          joiners.push(joiner.send(helloReq({ roomId, readonly: true })))
        }
        for (const joiner of joiners) {
          const { roomState } = await joiner.next()
          const first = Number(roomState.n ?? 0)
          const heard = (await joiner.take(CHANGES - first)).map(({ roomChanges }) =>
            Number(roomChanges[0].value),
          )
          expect(heard).toEqual(Array.from({ length: CHANGES - first }, (_, i) => first + 1 + i))
          await joiner.quiet()
        }
      }
    },
    { timeout: 30_000 },
  )
}
