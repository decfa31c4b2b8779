/** A line to a server on which every message is overheard, in both directions. */

import { once } from 'node:events'
import { createRequire } from 'node:module'
import net from 'node:net'

const { FrameReader, OPCODE } = createRequire(import.meta.url)('../../src/js/testing/frames.js')

const HEAD_END = Buffer.from('\r\n\r\n')

/** Passes on what comes from one side; calls back with each text message behind the HTTP head. */
function listen(from, to, heard) {
  const reader = new FrameReader()
  let head = Buffer.alloc(0)
  from.on('data', (bytes) => {
    to.write(bytes)
    if (head) {
      head = Buffer.concat([head, bytes])
      const end = head.indexOf(HEAD_END)
      if (end < 0) return
      reader.push(head.subarray(end + HEAD_END.length))
      head = undefined
    } else reader.push(bytes)
    for (let frame = reader.next(); frame; frame = reader.next())
      if (frame.opcode === OPCODE.text) heard(frame.payload.toString())
  })
  from.on('error', () => {})
  from.on('close', () => to.destroy())
}

export class Tap {
  /** What was said so far, in the order in which it passed: `{ by: 'client' | 'server', text }`. */
  heard = []
  /** Nobody gets through. */
  isDown = false
  #sockets = new Set()
  #server

  constructor(port) {
    this.#server = net.createServer((near) => {
      if (this.isDown) return void near.resetAndDestroy()
      const far = net.connect(port, '127.0.0.1')
      this.#sockets.add(near)
      listen(near, far, (text) => this.heard.push({ by: 'client', text }))
      listen(far, near, (text) => this.heard.push({ by: 'server', text }))
    })
  }

  async open() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `ws://127.0.0.1:${this.#server.address().port}/wss`
    return this
  }

  /** Resets every connection. */
  cut() {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close() {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }
}
