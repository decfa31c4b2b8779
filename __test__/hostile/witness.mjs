/** An ordinary client in a process of its own: one change every few milliseconds, and how long each takes to come back to it. */

import { TestClient } from '../support/client.mjs'

const EVERY_MS = 5

const client = await new TestClient(process.argv[2]).opened
await client.hello({ roomId: 'the witness' })

let times = []
let isAsked = false
process.on('message', () => {
  isAsked = true
  tell()
})

/** Says how long the changes since the last time took, as soon as there are any. */
function tell() {
  if (!isAsked || times.length === 0) return
  times.sort((a, b) => a - b)
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))]
  process.send({ count: times.length, p50: at(0.5), p99: at(0.99), max: at(1) })
  times = []
  isAsked = false
}

process.once('disconnect', () => process.exit(0))
process.send('ready')

for (let i = 0; ; i++) {
  const start = performance.now()
  client.change({ room: { beat: `${i}` }, echo: true })
  const { roomChanges } = await client.next()
  if (roomChanges[0].value !== `${i}`) throw new Error(`${i} was lost`)
  times.push(performance.now() - start)
  tell()
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
}
