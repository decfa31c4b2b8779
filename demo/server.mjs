/**
 * The demo: one HTTP server for the page and, on the same port, the room server at /wss.
 * Environment: PORT (default 3003, 0 for any free one), HOST (default localhost) and EMPTY_ROOM_MS
 * (how long a room outlives its last visitor, default 30000).
 */
import { createServer } from 'node:http'
import { wss } from '../index.js'
import { installHooks } from './rooms.mjs'
import { serveStatic } from './static.mjs'

const STOP_DEADLINE_MS = 1000
const port = Number(process.env.PORT ?? 3003)
const host = process.env.HOST ?? 'localhost'

installHooks(wss)
const folder = (path) => new URL(path, import.meta.url)
// The client as it is: a page loads its modules without any bundler.
const folders = {
  '/': folder('./public/'),
  '/client/': folder('../src/js/client/'),
  '/protocol/': folder('../src/js/protocol/'),
}
const server = createServer(serveStatic(folders))
wss.addWebsockets(server)

server.on('error', (error) => {
  const reason = error.code === 'EADDRINUSE' ? `port ${port} is in use, set PORT` : error.message
  console.error(`The demo cannot start: ${reason}`)
  process.exit(1)
})
server.listen(port, host, () => console.log(`Card room: ${address()}`))

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

/** The address to open in a browser, with the port that was really taken. */
function address() {
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${server.address().port}/`
}

/** Says goodbye to everyone, so that pages reconnect when the server is back, and ends. */
function stop() {
  for (const room of Object.values(wss.rooms)) {
    for (const client of Object.values(room.clients)) client.ws.close(1001, 'server stopping')
  }
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), STOP_DEADLINE_MS).unref()
}
