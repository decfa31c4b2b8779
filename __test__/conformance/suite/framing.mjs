/** Frames: those the standard forbids, and those it allows although few send them. */

import { expect } from 'vitest'
import { changeReq, helloReq } from '../../support/messages.mjs'
import { frame, OPCODE } from '../../support/raw-client.mjs'

const text = 'hello'
/** JSON up to the middle of a character. */
const cut = Buffer.from('{"größe').subarray(0, 5)

/** What ends a connection: `[what, frames, close code]`. */
const VIOLATIONS = [
  ['an unmasked frame', [frame(text, { mask: false })], 1002],
  ['an unmasked ping', [frame('', { mask: false, opcode: OPCODE.ping })], 1002],
  ['RSV1 without an extension', [frame(text, { rsv: 4 })], 1002],
  ['RSV2', [frame(text, { rsv: 2 })], 1002],
  ['RSV3', [frame(text, { rsv: 1 })], 1002],
  ['the data opcode 3', [frame(text, { opcode: 3 })], 1002],
  ['the control opcode 11', [frame('', { opcode: 11 })], 1002],
  ['a fragmented ping', [frame('x', { opcode: OPCODE.ping, fin: false })], 1002],
  ['a ping of 126 bytes', [frame('x'.repeat(126), { opcode: OPCODE.ping })], 1002],
  ['a continuation of nothing', [frame(text, { opcode: OPCODE.continuation })], 1002],
  [
    'a continuation behind a whole message',
    [frame('', { opcode: OPCODE.pong }), frame('x', { opcode: OPCODE.continuation, fin: false })],
    1002,
  ],
  ['a new message inside a fragmented one', [frame('{', { fin: false }), frame('}')], 1002],
  ['text that is not UTF-8', [frame(Buffer.from([0x7b, 0xff, 0x7d]))], 1007],
  ['text with an encoded surrogate', [frame(Buffer.from([0xed, 0xa0, 0x80]))], 1007],
  ['text with an overlong encoding', [frame(Buffer.from([0xc0, 0xaf]))], 1007],
  ['text cut inside a character', [frame(cut)], 1007],
  [
    'fragments that are not UTF-8 together',
    [frame(cut, { fin: false }), frame('x', { opcode: OPCODE.continuation })],
    1007,
  ],
]

export function framing({ behaviour, repaired, dropped }) {
  for (const [what, frames, code] of VIOLATIONS) {
    behaviour(`${what} is answered by a close with ${code}, in a room too`, async (s) => {
      const stranger = await s.dial()
      await stranger.upgrade()
      const member = await s.joinRaw()
      for (const client of [stranger, member]) {
        client.write(...frames)
        expect((await client.nextClose()).code).toBe(code)
        await client.ended
      }
      expect((await s.join()).welcome.type).toBe(1)
    })
  }

  behaviour('pings are answered at once with their payload, before the hello too', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    for (const payload of ['', 'x', 'y'.repeat(125)]) {
      client.write(frame(payload, { opcode: OPCODE.ping }))
      const { opcode, payload: answer, masked } = await client.nextFrame()
      expect({ opcode, answer: answer.toString(), masked }).toEqual({
        opcode: OPCODE.pong,
        answer: payload,
        masked: false,
      })
    }
  })

  behaviour('pings are answered while a hook runs', async (s) => {
    s.wss.onActionReq = () => new Promise(() => {})
    const client = await s.join()
    client.action('x')
    await client.ping()
  })

  behaviour('a pong that nobody asked for is ignored', async (s) => {
    const client = await s.joinRaw()
    client.write(frame('unasked', { opcode: OPCODE.pong }), frame('x', { opcode: OPCODE.ping }))
    expect((await client.nextFrame()).opcode).toBe(OPCODE.pong)
  })

  behaviour('frames may come byte by byte', async (s) => {
    const client = await s.joinRaw()
    await client.writeSplit(
      [...frame('{"type":2,"echo":true,"roomChanges":[]}')].map((byte) => Buffer.of(byte)),
    )
    expect(await client.next()).toMatchObject({ type: 3 })
  })

  behaviour('a mask of zeros will do', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    client.write(frame(JSON.stringify(helloReq()), { mask: Buffer.alloc(4) }))
    expect(await client.next()).toMatchObject({ type: 1 })
  })

  behaviour(
    'lengths need not be written in the shortest way, and a message may have 126 or 65536 bytes',
    async (s) => {
      const client = await s.joinRaw()
      const request = (size) => {
        const bare = JSON.stringify(changeReq({ room: { a: '' }, echo: true })).length
        return JSON.stringify(changeReq({ room: { a: 'x'.repeat(size - bare) }, echo: true }))
      }
      for (const size of [125, 126, 127, 65535, 65536, 65537]) {
        client.write(frame(request(size)))
        expect((await client.next()).type).toBe(3)
      }
    },
  )

  behaviour('a binary message is read as UTF-8, what is not UTF-8 in it as U+FFFD', async (s) => {
    const client = await s.joinRaw()
    const request = Buffer.from('{"type":2,"echo":true,"roomChanges":[{"key":"a","value":"?"}]}')
    request[request.indexOf('?')] = 0xff
    client.write(frame(request, { opcode: OPCODE.binary }))
    expect((await client.next()).roomChanges).toEqual([{ key: 'a', value: '\ufffd' }])
  })

  behaviour('text and binary messages may be fragmented into many frames', async (s) => {
    const client = await s.joinRaw()
    for (const opcode of [OPCODE.text, OPCODE.binary]) {
      const bytes = Buffer.from(
        JSON.stringify(changeReq({ room: { 'größe 🎲': 'x'.repeat(300) }, echo: true })),
      )
      const parts = [...bytes].map((byte, i) =>
        frame(Buffer.of(byte), { opcode: i ? OPCODE.continuation : opcode, fin: i === bytes.length - 1 }),
      )
      client.write(...parts)
      expect((await client.next()).roomChanges[0].key).toBe('größe 🎲')
    }
  })

  behaviour('a message that announces itself as too big is answered by 1009', async (s) => {
    const limit = s.differs('size-limits', 100 * 1024 * 1024, 16 * 1024 * 1024)
    const client = await s.joinRaw()
    client.write(frame('', { length: limit + 1 }))
    expect((await client.nextClose()).code).toBe(1009)
    await client.ended
  })

  behaviour('a message that becomes too big in fragments is answered by 1009', async (s) => {
    const limit = s.differs('size-limits', 100 * 1024 * 1024, 16 * 1024 * 1024)
    const client = await s.joinRaw()
    client.write(frame('x', { fin: false }), frame('', { opcode: OPCODE.continuation, length: limit }))
    expect((await client.nextClose()).code).toBe(1009)
  })

  behaviour('a length beyond all measure is answered by 1009 or 1002', async (s) => {
    const client = await s.joinRaw()
    const bytes = frame('', { length: 70_000 })
    bytes.writeBigUInt64BE(0x7fffffffffffffffn, 2)
    client.write(bytes)
    expect([1009, 1002]).toContain((await client.nextClose()).code)
  })

  repaired('size-limits', 'a hello of more than 1 MiB is answered by 1009', async (s) => {
    const client = await s.dial()
    await client.upgrade()
    client.write(frame('', { length: 1024 * 1024 + 1 }))
    expect((await client.nextClose()).code).toBe(1009)
  })

  dropped('size-limits', 'a hello may have more than 1 MiB', async (s) => {
    const clientState = { big: 'x'.repeat(1024 * 1024) }
    expect((await s.join({ clientState })).welcome.type).toBe(1)
  })

  behaviour('a message of 15 MiB is served', async (s) => {
    const client = await s.join()
    const value = 'x'.repeat(15 * 1024 * 1024)
    client.change({ room: { value }, echo: true })
    expect((await client.next()).roomChanges[0].value.length).toBe(value.length)
  })
}
