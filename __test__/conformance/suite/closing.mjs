/** Close frames in both directions. */

import { expect } from 'vitest'
import { closePayload, frame, OPCODE } from '../../support/raw-client.mjs'

const ECHOED = [
  [1000, ''],
  [1000, 'bye'],
  [1001, 'going'],
  [1003, ''],
  [1011, 'grüße 🎲'],
  [3000, 'mine'],
  [4999, 'x'.repeat(123)],
]

const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535]

export function closing({ behaviour }) {
  for (const [code, reason] of ECHOED) {
    behaviour(
      `a close with ${code} "${reason.slice(0, 10)}" is answered in kind, then the connection is ended`,
      async (s) => {
        const client = await s.joinRaw()
        client.write(frame(closePayload(code, reason), { opcode: OPCODE.close }))
        expect(await client.nextClose()).toEqual({ code, reason })
        await client.ended
      },
    )
  }

  behaviour('an empty close is answered by an empty one', async (s) => {
    const client = await s.joinRaw()
    client.write(frame('', { opcode: OPCODE.close }))
    expect(await client.nextClose()).toEqual({ code: 1005, reason: '' })
    await client.ended
  })

  behaviour('a close before the hello is answered too', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    client.write(frame(closePayload(1000), { opcode: OPCODE.close }))
    expect((await client.nextClose()).code).toBe(1000)
    await client.ended
  })

  for (const code of INVALID_CODES) {
    behaviour(`a close with the invalid code ${code} is answered by 1002`, async (s) => {
      const client = await s.dial()
      await client.upgrade()
      client.write(frame(closePayload(code), { opcode: OPCODE.close }))
      expect((await client.nextClose()).code).toBe(1002)
      await client.ended
    })
  }

  behaviour('a close frame of one byte is answered by 1002', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    client.write(frame('x', { opcode: OPCODE.close }))
    expect((await client.nextClose()).code).toBe(1002)
  })

  behaviour('a close reason that is not UTF-8 is answered by 1007', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    client.write(frame(Buffer.from([0x03, 0xe8, 0xff, 0xfe]), { opcode: OPCODE.close }))
    expect((await client.nextClose()).code).toBe(1007)
  })

  behaviour('frames behind a close frame are ignored', async (s) => {
    const other = await s.join()
    const client = await s.joinRaw()
    await other.next()
    client.write(
      frame('', { opcode: OPCODE.close }),
      frame('{"type":2,"roomChanges":[{"key":"a","value":"1"}]}'),
    )
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.welcome.clientId] })
    await other.quiet()
  })

  behaviour('when the client answers the close of the server, the connection is ended', async (s) => {
    const client = await s.joinRaw()
    client.write(frame('{"type":99}'))
    expect(await client.nextClose()).toEqual({ code: 1002, reason: 'error: Unhandled message type 99' })
    client.write(frame(closePayload(1002), { opcode: OPCODE.close }))
    await client.ended
  })

  behaviour('a refused hello ends the connection as soon as the client answers the close', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    client.write(frame('{}'))
    expect(await client.nextClose()).toEqual({ code: 1002, reason: 'error: Invalid HelloReq' })
    client.write(frame(closePayload(1002), { opcode: OPCODE.close }))
    await client.ended
  })
}
