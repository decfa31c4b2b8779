/**
 * The application around a peer: an http server that answers GET /ping, as an application's quickest page would, and GET /block as one
 * whose slowest page keeps the event loop busy.
 */

import http from 'node:http'

const BLOCK_MS = 200
const ANSWERS = { '/ping': [200, 'pong'], '/block': [200, 'done'] }

export const host = http.createServer((request, response) => {
  if (request.url === '/block') for (const end = performance.now() + BLOCK_MS; performance.now() < end;);
  const [status, text] = ANSWERS[request.url] ?? [404, 'not here']
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': text.length })
  response.end(text)
})

/** How often the event loop is asked whether it is late. */
const STEP_MS = 2

/** When it was asked and how late it was, in ms. As long as the process lives: seconds. */
const lateness = []

/** Notes how late the event loop is, and tells whoever asks for a time (`{ from, to }`, in ms since 1970) how it was in it. */
function watchLoop() {
  let due = performance.now() + STEP_MS
  const look = () => {
    const now = performance.now()
    lateness.push([performance.timeOrigin + now, Math.max(0, now - due)])
    due = now + STEP_MS
    setTimeout(look, STEP_MS)
  }
  setTimeout(look, STEP_MS)
  process.on('message', ({ from, to }) => {
    const within = lateness.filter(([at]) => at >= from && at <= to).map(([, late]) => late)
    within.sort((a, b) => a - b)
    process.send({ p99: within[Math.floor(within.length * 0.99)] ?? null, max: within.at(-1) ?? null })
  })
}

/** Listens on a free port and tells it to whoever has started this process. */
export function listen() {
  if (process.env.BENCH_WATCH_LOOP) watchLoop()
  // Many clients connect at once, and none is to wait for the second try of its SYN.
  host.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
    process.send({ port: host.address().port }),
  )
  process.on('disconnect', () => process.exit())
}
