/** The application around a peer: an http server that answers GET /ping, as an application's quickest page would. */

import http from 'node:http'

export const host = http.createServer((request, response) => {
  const [status, text] = request.url === '/ping' ? [200, 'pong'] : [404, 'not here']
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': text.length })
  response.end(text)
})

/** Listens on a free port and tells it to whoever has started this process. */
export function listen() {
  // Many clients connect at once, and none is to wait for the second try of its SYN.
  host.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
    process.send({ port: host.address().port }),
  )
  process.on('disconnect', () => process.exit())
}
