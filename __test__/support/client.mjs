/**
 * The client of the public test kit, over a connection of ws: what the server sends is judged by a WebSocket that isn't ours.
 */

import { createRequire } from 'node:module'
import { WebSocket } from 'ws'

const { Client } = createRequire(import.meta.url)('../../src/js/testing/client.js')

/** The machine that runs all suites may be slow. */
const PATIENCE = { timeoutMs: 12_000, closeTimeoutMs: 25_000 }

export class TestClient extends Client {
  constructor(url, { protocols, ...options } = {}) {
    super(
      new WebSocket(url, protocols, { rejectUnauthorized: false, perMessageDeflate: false, ...options }),
      PATIENCE,
    )
  }

  /** As `quiet`, with the client's own echoed change as the marker, so it holds for the order of messages too. */
  async onlyMarker(key = 'marker') {
    this.change({ client: { [key]: '1' }, echo: true })
    const message = await this.next()
    if (message.updateClients?.[this.id]?.[0]?.key !== key)
      throw new Error(`not the marker: ${JSON.stringify(message)}`)
  }
}
