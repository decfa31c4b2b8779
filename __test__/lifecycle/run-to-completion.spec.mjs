/** JavaScript never sees a room change under its hands, however busy the room is. */

import { describe, expect } from 'vitest'
import { changeReq } from '../support/messages.mjs'
import { spin, staged, turn } from '../support/lifecycle.mjs'

/** Keeps clients sending changes until told to stop; the others' notifications are thrown away. */
async function flooded(s, run) {
  const flooders = []
  for (let i = 0; i < 3; i++) {
    const client = await s.join()
    client.ws.removeAllListeners('message')
    flooders.push(client)
  }
  let n = 0
  const timer = setInterval(() => {
    for (const { ws } of flooders) {
      for (let i = 0; i < 20; i++)
        ws.send(JSON.stringify(changeReq({ room: { n: `${++n}`, [`k${n % 50}`]: `${n}` } })))
    }
  }, 1)
  try {
    await run(flooders)
  } finally {
    clearInterval(timer)
  }
}

const picture = (room) => JSON.stringify([room.state, Object.keys(room.clients), Object.keys(room.state)])

describe('in a room that others flood with changes', () => {
  staged('a hook sees the same room before and after it was busy', async (s) => {
    const seen = new Set()
    s.wss.onActionReq = async (_wss, _req, room) => {
      const before = picture(room)
      spin(5)
      const after = picture(room)
      seen.add(before)
      return { same: before === after }
    }
    const asker = await s.join()
    await flooded(s, async () => {
      for (let i = 0; i < 60; i++) {
        asker.action('look')
        const messages = await asker.until(({ type }) => type === undefined)
        expect(messages.at(-1)).toEqual({ same: true })
      }
    })
    expect(seen.size).toBeGreaterThan(10)
  })

  staged('code outside hooks sees the same room until its microtasks are done', async (s) => {
    const seen = new Set()
    await s.join({ readonly: true })
    await flooded(s, async () => {
      for (let i = 0; i < 60; i++) {
        await turn()
        const { room } = s.wss.rooms
        const before = picture(room)
        spin(2)
        expect(picture(room)).toBe(before)
        await null
        await null
        expect(picture(room)).toBe(before)
        seen.add(before)
      }
    })
    expect(seen.size).toBeGreaterThan(10)
  })

  staged('what a hook writes stays until it is done, and is not lost', async (s) => {
    s.wss.onActionReq = async (_wss, { data }, room) => {
      room.state.own = data
      room.state.n = 'mine'
      spin(3)
      return { own: room.state.own, n: room.state.n }
    }
    const asker = await s.join()
    await flooded(s, async () => {
      for (let i = 0; i < 60; i++) {
        asker.action('write', { data: `${i}` })
        const messages = await asker.until(({ type }) => type === undefined)
        expect(messages.at(-1)).toEqual({ own: `${i}`, n: 'mine' })
      }
    })
    expect(s.wss.rooms.room.state.own).toBe('59')
  })

  staged('clients that come and go meanwhile do not change it either', async (s) => {
    s.wss.onActionReq = async (_wss, _req, room) => {
      const before = Object.keys(room.clients)
      const names = before.map((id) => room.clients[id].clientName)
      spin(4)
      const after = Object.keys(room.clients)
      return {
        same:
          `${before}` === `${after}` && `${names}` === `${after.map((id) => room.clients[id].clientName)}`,
      }
    }
    const asker = await s.join()
    let busy = true
    const visitors = Array.from({ length: 4 }, async (_, i) => {
      while (busy) await (await s.join({ clientName: `visitor ${i}` })).terminate()
    })
    for (let i = 0; i < 40; i++) {
      asker.action('look')
      const messages = await asker.until(({ type }) => type === undefined)
      expect(messages.at(-1)).toEqual({ same: true })
    }
    busy = false
    await Promise.all(visitors)
  })
})
