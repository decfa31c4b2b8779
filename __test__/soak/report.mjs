/** What a soak came to: the verdict, a table for the terminal and for docs/, and the plot. */

import { writeFileSync } from 'node:fs'
import { plot } from './plot.mjs'

const DOCS = new URL('../../docs/', import.meta.url)

/** A process warms up: its buffers and its heap find their size. What follows is compared, its middle with its end. */
const WARM_MS = 120_000
const MAY_GROW = 1.15
/** A tenth of a millisecond more is nothing, whatever part of the median it is. */
const DELAY_GRACE_MS = 2

const MIB = 2 ** 20

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** The median of the middle and of the end of each process's life that was long enough to tell. */
function drifts(samples, name) {
  const lives = new Map()
  for (const sample of samples) lives.set(sample.life, [...(lives.get(sample.life) ?? []), sample])
  return [...lives.values()].flatMap((life) => {
    const warm = life.filter(({ at }) => at - life[0].at > WARM_MS)
    if (warm.length < 24) return []
    const third = Math.floor(warm.length / 3)
    const of = (part) => median(part.map((sample) => sample[name]))
    return [{ before: of(warm.slice(0, third)), after: of(warm.slice(-third)) }]
  })
}

export function judge({ tally, server }) {
  const failures = [...server.errors]
  if (!tally.isClean) failures.push(...tally.complaints)
  const { samples } = server
  const memory = drifts(samples, 'rss')
  const heap = drifts(samples, 'heapUsed')
  const delay = drifts(samples, 'delayP50')
  for (const { before, after } of memory)
    if (after > before * MAY_GROW)
      failures.push(`memory grew from ${mib(before)} to ${mib(after)} MiB within a process's life`)
  for (const { before, after } of delay)
    if (after > before * MAY_GROW + DELAY_GRACE_MS)
      failures.push(`the event loop's median delay grew from ${before.toFixed(1)} to ${after.toFixed(1)} ms`)
  return { failures, memory, heap, delay }
}

const mib = (bytes) => (bytes / MIB).toFixed(0)
const number = (value) => value.toLocaleString('en')
const largest = (samples, name) => samples.reduce((max, sample) => Math.max(max, sample[name]), 0)

function rows({ minutes, clients, tally, totals, faults, server }, verdict) {
  const { samples } = server
  const drift = (list, show) =>
    list.map(({ before, after }) => `${show(before)} → ${show(after)}`).join('; ') || 'too short to tell'
  const broken = Object.values(faults).reduce((sum, count) => sum + count, 0)
  return [
    ['time, clients at once', `${minutes} min, ${clients}`],
    ['clients in all', number(totals.joined)],
    [
      'connections that ended under a client without resume; sessions replayed, as snapshot, begun anew',
      `${number(totals.ends)}; ${number(totals.replayed)}, ${number(totals.snapshot)}, ${number(totals.new)}`,
    ],
    ['changes heard and checked', number(tally.changes)],
    ['**lost, twice, out of order**', `**${tally.lost}, ${tally.duplicated}, ${tally.reordered}**`],
    [
      'faults of lines',
      `${number(broken)}: ${Object.entries(faults)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')}`,
    ],
    [
      'restarts: of both room servers and both http servers; of the process (SIGKILL)',
      `${totals.serverRestarts}; ${totals.processRestarts}`,
    ],
    [
      'resident memory, MiB, in the middle → at the end of each life of the process',
      drift(verdict.memory, mib),
    ],
    ['JavaScript heap, MiB, the same', drift(verdict.heap, mib)],
    ["event loop's delay, ms: median, the same", drift(verdict.delay, (ms) => ms.toFixed(2))],
    [
      'file descriptors, connections at most',
      `${largest(samples, 'descriptors')}, ${largest(samples, 'connections')}`,
    ],
    ['errors and unhandled rejections of the server', String(server.errors.length)],
  ]
}

export function print(result, verdict) {
  for (const [name, value] of rows(result, verdict))
    console.log(`${name.replaceAll('*', '')}: ${value.replaceAll('*', '')}`)
  for (const failure of verdict.failures) console.error(`FAILED: ${failure}`)
}

/** The table goes into docs/RELIABILITY.md by hand, beside what is to be said about it. */
export function writeDocs(result, verdict) {
  writeFileSync(new URL('soak.svg', DOCS), plot(result.server.samples))
  for (const [name, value] of rows(result, verdict)) console.log(`| ${name} | ${value} |`)
}
