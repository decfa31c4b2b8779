/** The room server that is attacked, in a process of its own. Says what it holds when asked, its garbage collected before. */

import { createServer, setMaxIdleHTTPParsers } from 'node:http'
import { createRequire } from 'node:module'

const { WSS, MESSAGE_TYPE } = createRequire(import.meta.url)('../../index.js')

/** As docs/operations.md recommends: Node keeps 1,000 parsers otherwise, once so many clients have come at once. */
setMaxIdleHTTPParsers(1)

const wss = new WSS({
  helloTimeoutMs: 1000,
  heartbeatIntervalMs: 1000,
  emptyRoomTtlMs: 200,
  maxBufferedBytes: 4 * 2 ** 20,
})
const server = createServer({ headersTimeout: 2000, connectionsCheckingInterval: 500 })

/** Every event of an attacked room passes through JavaScript; changes, as the witness makes them, don't. */
wss.onHelloReq = (_wss, req) => ({ clientState: req.clientState, readonly: !!req.readonly })
wss.onLeave = () => {}
wss.onActionReq = (_wss, req) => {
  if (req.action === 'block')
    for (const end = performance.now() + Number(req.data); performance.now() < end;);
  return { type: MESSAGE_TYPE.ACTION_RESP, id: req.id, success: true }
}
wss.onError = () => {}

wss.addWebsockets(server)
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

process.on('message', async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  const { rooms, connections } = wss.stats()
  process.send({ rss: process.memoryUsage.rss(), rooms, connections })
})
process.once('disconnect', () => process.exit(0))
