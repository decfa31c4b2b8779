/** A lamp that everybody can switch, over TLS on Node's own https server. */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { wss, MESSAGE_TYPE } from '@cgreenhalgh/websocket-room-server'
import { certificate } from './certificate.js'

const PAGE = readFileSync(`${import.meta.dirname}/index.html`)

const server = createServer(certificate(), (request, response) => {
  if (request.url === '/') response.setHeader('content-type', 'text/html; charset=utf-8').end(PAGE)
  else response.writeHead(404).end()
})

// The page speaks the protocol by itself; `/client` would do it for a larger one.
wss.onActionReq = (_wss, { id }, lamp) => {
  lamp.set('light', lamp.state.light === 'on' ? 'off' : 'on')
  return { type: MESSAGE_TYPE.ACTION_RESP, id, success: true }
}

// Pages from elsewhere may not switch it.
wss.configure({ allowedOrigins: 'same-host' })
wss.addWebsockets(server)
server.listen(process.env.PORT ?? 3000, () => console.log(`https://localhost:${server.address().port}`))

process.once('SIGTERM', () => {
  server.close()
  wss.close()
})
