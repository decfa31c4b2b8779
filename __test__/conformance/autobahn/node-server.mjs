/** The room server on an http server, as an application has it. With the conformance build of the addon every message comes back. */

import { createRequire } from 'node:module'
import { HttpServer } from '../../support/server.mjs'

const { WSS } = createRequire(import.meta.url)('../../../index.js')

const [transport, ...flags] = process.argv.slice(2)

/** Longer than any case: our pings and deadlines would get between what the suite sends in pieces. */
const NEVER_MS = 60 * 60_000

const wss = new WSS({
  helloTimeoutMs: NEVER_MS,
  heartbeatIntervalMs: NEVER_MS,
  // The first message is an ordinary one here.
  maxHelloBytes: 16 * 2 ** 20,
  compression: flags.includes('compress') ? { threshold: 1 } : false,
})
const server = new HttpServer(transport)
wss.addWebsockets(server.http)
await server.listen()
process.send({ url: server.url() })

process.once('disconnect', async () => {
  await wss.close({ drainMs: 0 })
  await server.stop()
})
