/**
 * Time limits. The original's are constants, so its tests take the real time; ours are given shorter ones where that makes no
 * difference.
 */

import { expect } from 'vitest'
import { changeReq, helloReq } from '../../support/messages.mjs'
import { frame, OPCODE } from '../../support/raw-client.mjs'

const TIMED_OUT = { code: 1002, reason: 'no hello received in time' }
const timeout = 40_000
const heartbeat = { timeout, options: { heartbeatIntervalMs: 1500 } }

/** Answers pings until the connection ends; gives the opcodes of everything that came. */
async function untilEnd(client, { answer }) {
  const opcodes = []
  for (;;) {
    const next = await Promise.race([client.nextFrame().catch(() => null), client.ended.then(() => null)])
    if (!next) break
    opcodes.push(next.opcode)
    if (next.opcode === OPCODE.ping) answer?.(next)
  }
  await client.ended
  return opcodes
}

/** The next ping, past other frames. */
async function nextPing(client) {
  for (;;) {
    const next = await client.nextFrame()
    if (next.opcode === OPCODE.ping) return next
  }
}

export function timing({ behaviour, repaired, pkg }) {
  // The real 5 and 10 seconds are waited for once.
  const inRealTime = pkg.transport === 'http' ? behaviour : () => {}

  inRealTime(
    'a client that has not said hello after 5 seconds is closed, one that has is not',
    { timeout },
    async (s) => {
      const start = performance.now()
      const silent = await s.connect()
      const member = await s.join()
      expect(await silent.closed).toEqual(TIMED_OUT)
      const elapsed = performance.now() - start
      expect(elapsed).toBeGreaterThan(4_900)
      expect(elapsed).toBeLessThan(8_000)
      await member.quiet()
    },
  )

  behaviour(
    'a silent client leaves no room and no word',
    { timeout, options: { helloTimeoutMs: 1500 } },
    async (s) => {
      const member = await s.join()
      const silent = await s.connect()
      expect(await silent.closed).toEqual(TIMED_OUT)
      await member.quiet()
      expect(Object.keys(s.wss.rooms)).toEqual(['room'])
    },
  )

  behaviour(
    'a client that answers no ping is cut without a close frame, one that does is not',
    heartbeat,
    async (s) => {
      const other = await s.join()
      const client = await s.joinRaw()
      await other.next()
      const opcodes = await untilEnd(client, {})
      expect(opcodes).toContain(OPCODE.ping)
      expect(opcodes).not.toContain(OPCODE.close)
      expect(await other.next()).toEqual({ type: 3, removeClients: [client.welcome.clientId] })
      await other.quiet()
    },
  )

  behaviour('the pings of the server are empty', heartbeat, async (s) => {
    const client = await s.joinRaw()
    const { fin, payload, masked } = await nextPing(client)
    expect({ fin, length: payload.length, masked }).toEqual({ fin: true, length: 0, masked: false })
  })

  inRealTime('the first ping comes after 10 seconds', { timeout }, async (s) => {
    const start = performance.now()
    const client = await s.joinRaw()
    const ping = nextPing(client)
    const spread = s.differs('spread-pings', 0, 10_000)
    await ping
    const elapsed = performance.now() - start
    expect(elapsed).toBeGreaterThan(9_000 - spread)
    expect(elapsed).toBeLessThan(11_500 + spread)
  })

  behaviour('a client that ignores the close frame is cut', heartbeat, async (s) => {
    const client = await s.joinRaw()
    client.write(frame('{"type":99}'))
    const opcodes = await untilEnd(client, {})
    expect(opcodes).toContain(OPCODE.close)
  })

  behaviour('a client that sends requests but no pongs', heartbeat, async (s) => {
    const client = await s.joinRaw()
    const request = frame(JSON.stringify(changeReq({ room: { a: '1' } })))
    if (s.differs('heartbeat-data', 'cut', 'alive') === 'cut') {
      await untilEnd(client, { answer: () => client.write(request) })
      return
    }
    for (let i = 0; i < 2; i++) {
      await nextPing(client)
      client.write(request)
    }
    await nextPing(client)
  })

  if (!pkg.ours) return

  repaired('spread-pings', 'connections are not pinged all at the same moment', heartbeat, async (s) => {
    const clients = []
    for (let i = 0; i < 8; i++) {
      clients.push(await s.joinRaw())
      await new Promise((resolve) => setTimeout(resolve, 37))
    }
    const moments = await Promise.all(clients.map((client) => nextPing(client).then(() => performance.now())))
    expect(Math.max(...moments) - Math.min(...moments)).toBeGreaterThan(50)
  })

  repaired(
    'hello-timer',
    'the time limit ends with the hello, however long its hook takes',
    { options: { helloTimeoutMs: 1500 } },
    async (s) => {
      let admit
      s.wss.onHelloReq = () => new Promise((resolve) => (admit = resolve))
      const client = await s.connect()
      client.send(helloReq())
      await (
        await s.connect()
      ).closed
      await client.quiet()
      admit({ clientState: {}, readonly: false })
      expect(await client.next()).toMatchObject({ type: 1 })
    },
  )
}
