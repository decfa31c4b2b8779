/** The client under test beside a room server of either package: connects with the WebSocket of `ws`, and waits for what it tells. */

import { createRequire } from 'node:module'
import * as original from 'original-room-server'
import { test } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '@cgreenhalgh/websocket-room-server/client'
import { gate, within } from '../support/inbox.mjs'
import { Stage } from '../support/stage.mjs'

const ours = createRequire(import.meta.url)('../../index.js')

export const PACKAGES = [
  { name: 'ours', ours: true, transport: 'http', WSS: ours.WSS },
  { name: 'the original', ours: false, transport: 'http', WSS: original.WSS },
]

/** Waits too short to be noticed. */
export const SOON = { minMs: 1, maxMs: 5 }

export const hello = (fields) => ({ roomProtocol: 'test:1', roomId: 'room', ...fields })

export class ClientStage extends Stage {
  #rooms = []

  /** A client of the stage's server, whatever its status. */
  dialRoom(fields, { server = this.server, ...options } = {}) {
    const client = connect(server.url(), typeof fields === 'function' ? fields : hello(fields), {
      WebSocket,
      reconnect: SOON,
      ...options,
    })
    this.#rooms.push(client)
    return client
  }

  /** A client that is in the room. */
  async enter(fields, options) {
    return within(this.dialRoom(fields, options).opened(), 'the client is not open')
  }

  /** Its connection, on the server. */
  socketOf({ id }, roomId = 'room') {
    return this.wss.rooms[roomId].clients[id].ws
  }

  async close() {
    await Promise.all(this.#rooms.map((client) => client.leave({ timeoutMs: 0 })))
    await super.close()
  }
}

/** A test on a stage with a room server of this package. */
export function onStage(pkg, name, run, options) {
  test(name, async () => {
    const stage = await ClientStage.open(pkg, options)
    try {
      await run(stage)
    } finally {
      await stage.close()
    }
  })
}

/** The first snapshot that fits, also the one that is there. */
export async function until(client, fits, what = 'that state') {
  const found = gate()
  const stop = client.subscribe((snapshot) => fits(snapshot) && found.open(snapshot))
  try {
    return await within(found.promise, `${what} did not come about`, 5_000)
  } finally {
    stop()
  }
}

/** The next event of this type. */
export async function next(client, type) {
  const told = gate()
  const stop = client.on(type, told.open)
  try {
    return await within(told.promise, `no ${type} was told`, 5_000)
  } finally {
    stop()
  }
}
