/**
 * What hostile clients do. Each attack gets the server's port and how large it is to be (1: as `npm run test:hostile` has it), and ends when
 * it has done its worst; who is still connected then is cut.
 */

import { actionReq, changeReq } from '../support/messages.mjs'
import { closePayload, frame, OPCODE, upgradeRequest } from '../support/raw-client.mjs'
import { answered, attack, ended, hello, often, pour, text, upgrade } from './attackers.mjs'

const MIB = 2 ** 20

/** Names of what objects inherit. */
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'then',
  'length',
  '',
]

const times = (scale, count) => Math.max(1, Math.round(scale * count))

/** So deep that what descends by recursion runs out of stack. */
const deep = (count) => '['.repeat(count) + ']'.repeat(count)

/** A message as text, with a member that is no string. */
const withRaw = (message, raw) =>
  frame(JSON.stringify({ ...message, deep: 0 }).replace('"deep":0', `"deep":${raw}`))

export const ATTACKS = {
  'headers that never end': (port, scale) =>
    often(times(scale, 1000), 250, async () => {
      const socket = await attack(port, upgradeRequest().slice(0, 60))
      await ended(socket)
    }),

  'connections that say nothing': (port, scale) =>
    often(times(scale, 1000), 500, async () => ended(await upgrade(port))),

  'clients that answer no ping': (port, scale) =>
    often(times(scale, 1000), 500, async () => ended(await upgrade(port, hello({ roomId: 'mute' })))),

  'clients that never read': async (port, scale) => {
    const deaf = []
    await often(times(scale, 50), 10, async () => deaf.push(await upgrade(port, hello({ roomId: 'deaf' }))))
    const writer = await upgrade(port, hello({ roomId: 'deaf' }))
    writer.resume()
    await pour(writer, text(changeReq({ room: { big: 'x'.repeat(MIB) } })), times(scale, 60))
    writer.destroy()
    for (const socket of deaf) socket.destroy()
  },

  'packets and fragments of one byte': (port, scale) =>
    often(times(scale, 100), 50, async (i) => {
      const socket = await upgrade(port, hello({ roomId: `bytes ${i}` }))
      socket.setNoDelay(true)
      const message = [...JSON.stringify(changeReq({ room: { a: 'x'.repeat(500) } }))]
      const opcode = (at) => (at === 0 ? OPCODE.text : OPCODE.continuation)
      const frames = message.map((byte, at) =>
        frame(byte, { opcode: opcode(at), fin: at === message.length - 1 }),
      )
      const bytes = Buffer.concat(frames)
      for (let at = 0; at < bytes.length && !socket.destroyed; at++)
        await new Promise((resolve) => socket.write(bytes.subarray(at, at + 1), resolve))
      socket.destroy()
    }),

  'joins and cuts': (port, scale) =>
    often(times(scale, 100_000), 50, async () => {
      const socket = await upgrade(port, hello({ roomId: 'a door' }))
      await answered(socket)
      socket.resetAndDestroy()
    }),

  'cuts before the answer': (port, scale) =>
    often(times(scale, 20_000), 50, async () =>
      (await upgrade(port, hello({ roomId: 'a door' }))).resetAndDestroy(),
    ),

  'a room for each client': (port, scale) =>
    often(times(scale, 100_000), 50, async (i) => {
      const socket = await upgrade(port, hello({ roomId: `room ${i}` }))
      await answered(socket)
      socket.resetAndDestroy()
    }),

  'huge keys, ids and names': (port, scale) =>
    often(times(scale, 30), 3, async (i) => {
      const huge = `${i} ${'k'.repeat(MIB / 2)}`
      const socket = await upgrade(port, hello({ roomId: huge, clientName: huge.slice(0, 1000) }))
      socket.resume()
      await pour(
        socket,
        text(changeReq({ room: { ['k'.repeat(8 * MIB)]: 'v' }, client: { [huge]: huge } })),
        2,
      )
      await pour(socket, frame('', { opcode: OPCODE.close, mask: true }), 1)
      await ended(socket)
    }),

  'JSON of a million levels': (port, scale) =>
    often(times(scale, 30), 3, async (i) => {
      const fields = {
        protocol: 'websocket-room-server:1',
        roomProtocol: 'x',
        roomId: `deep ${i}`,
        clientState: {},
      }
      const levels = i % 2 ? 100 : 400_000
      const socket = await upgrade(port, withRaw(fields, deep(levels)))
      await pour(socket, withRaw(actionReq('a', { id: '1' }), deep(1_000_000)), 1)
      await pour(socket, frame(deep(1_000_000)), 1)
      await ended(socket)
    }),

  'pings and pongs that nobody reads the answers to': (port, scale) =>
    often(times(scale, 20), 5, async (i) => {
      const socket = await upgrade(port, hello({ roomId: `pings ${i}` }))
      const control = frame('p'.repeat(125), { opcode: i % 2 ? OPCODE.ping : OPCODE.pong })
      await pour(socket, Buffer.concat(Array(1000).fill(control)), times(scale, 200))
      socket.destroy()
    }),

  'frames that break the protocol': (port, scale) =>
    often(times(scale, 5000), 50, async (i) => {
      const broken = [
        frame('x', { mask: false }),
        frame('x', { rsv: 1 + (i % 7) }),
        frame('x', { opcode: 3 + (i % 5) }),
        frame('x', { opcode: OPCODE.continuation }),
        frame('x'.repeat(126), { opcode: OPCODE.ping }),
        frame(Buffer.of(0xff, 0xfe), {}),
        frame(closePayload(1005), { opcode: OPCODE.close }),
        frame('', { length: 2 ** 40 }),
        Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      ]
      await ended(await upgrade(port, i % 2 ? hello({ roomId: 'broken' }) : '', broken[i % broken.length]))
    }),

  'names of what objects inherit': (port, scale) =>
    often(times(scale, 2000), 20, async (i) => {
      const name = NAMES[i % NAMES.length]
      const own = (value) => Object.defineProperty({}, name, { value, enumerable: true })
      const socket = await upgrade(
        port,
        hello({
          roomId: name,
          roomProtocol: name,
          clientName: name,
          clientType: name,
          clientState: own(name),
        }),
        text(changeReq({ room: [{ key: name, value: name }], client: [{ key: name }], ...own(name) })),
        text(actionReq(name, { id: name, data: name })),
        text({ type: 6 }),
      )
      await ended(socket)
    }),

  'hellos from 1,000 sockets at once': (port, scale) =>
    often(times(scale, 20), 1, async (round) => {
      const flood = Array.from({ length: 20 }, () => hello({ roomId: `flood ${round}` }))
      await often(times(scale, 1000), 1000, async () => ended(await upgrade(port, ...flood)))
    }),

  'large requests while the application is busy': async (port, scale) => {
    const socket = await upgrade(
      port,
      hello({ roomId: 'busy' }),
      text(actionReq('block', { id: '0', data: '2000' })),
    )
    socket.resume()
    await pour(socket, text(actionReq('large', { id: '1', data: 'x'.repeat(15 * MIB) })), times(scale, 60))
    socket.end(frame('', { opcode: OPCODE.close }))
    await ended(socket)
  },
}
