/**
 * The benchmark: `npm run bench`, or in parts `npm run bench -- --workload rooms,actions --peers ours,original --runs 5`.
 *
 * Every run has a server of its own, started for it. Within a round the peers of a workload run one after the other, the next round
 * has them in reverse order. All runs are kept in target/bench/runs.json; a whole benchmark also writes docs/BENCHMARK.md and
 * docs/bench.svg.
 */

import { parseArgs } from 'node:util'
import { writeChart } from './chart.mjs'
import { build, generate } from './generator.mjs'
import { machine } from './machine.mjs'
import { cpus, Peer, PEERS } from './peers.mjs'
import { writeReport } from './report.mjs'
import { keepResults } from './results.mjs'
import { faultCount, summarise } from './summary.mjs'
import { asText } from './text.mjs'
import { CURVE_PEERS, CURVES, WORKLOADS } from './workloads.mjs'

const HELP = `npm run bench -- [options]
  --workload a,b   of: ${Object.keys(WORKLOADS).join(', ')}, growth
                   (all but ${Object.keys(WORKLOADS)
                     .filter((name) => WORKLOADS[name].extra)
                     .join(', ')})
  --peers a,b      of: ${Object.keys(PEERS).join(', ')} (all)
  --runs N         of each peer in each workload (3)
  --seconds S      measured in each run (0.8; some workloads have their own)
  --minutes M      no new round of runs after that (5)
  --no-pin         leave it to the system where processes run
  --docs           write docs/ also when only a part was run
  --no-docs        never write docs/`

const options = readOptions()
if (options) await main(options)

function readOptions() {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      workload: { type: 'string' },
      peers: { type: 'string' },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      pin: { type: 'boolean', default: true },
      docs: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void console.log(HELP)
  const names = values.workload?.split(',') ?? [...defaults(), 'growth']
  const wanted = values.peers?.split(',') ?? Object.keys(PEERS)
  const unknown = [
    ...names.filter((name) => name !== 'growth' && !WORKLOADS[name]),
    ...wanted.filter((name) => !PEERS[name]),
  ]
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(', ')}\n${HELP}`)
    process.exit(2)
  }
  const docs = values.docs ?? !(values.workload || values.peers || values.seconds)
  const seconds = values.seconds && +values.seconds
  return { names, wanted, rounds: +values.runs, seconds, minutes: +values.minutes, pin: values.pin, docs }
}

function defaults() {
  return Object.keys(WORKLOADS).filter((name) => !WORKLOADS[name].extra)
}

async function main({ rounds, minutes, docs, pin, ...selection }) {
  const program = build()
  const pinned = pin ? cpus() : {}
  const start = Date.now()
  const runs = []
  let length = 0
  for (let round = 0; round < rounds; round++) {
    const jobs = plan(selection, round)
    // A round of which not even half would fit isn't begun.
    if (Date.now() - start + length / 2 > minutes * 60_000) break
    const begin = Date.now()
    for (const job of jobs) runs.push(await run(program, job, pinned))
    length = Date.now() - begin
    if (round === 0) for (const job of growth(selection)) runs.push(await run(program, job, pinned))
  }
  const results = { machine: machine(), pinned: pinned.server !== undefined, runs }
  keepResults(results)
  const summary = summarise(runs)
  console.log(`\n${asText(summary)}\n${Math.round((Date.now() - start) / 1000)} s`)
  if (docs) {
    writeReport(results)
    writeChart(results)
    console.log('Written: docs/BENCHMARK.md, docs/bench.svg')
  }
  if (faultCount(summary.checked.faults) > 0) process.exitCode = 1
}

/** The runs of one round. */
function plan({ names, wanted, seconds }, round) {
  return names
    .filter((name) => name !== 'growth')
    .flatMap((workload) => {
      const peers = participants(WORKLOADS[workload].peers, wanted)
      const inTurn = round % 2 === 0 ? peers : peers.toReversed()
      const load = { ...WORKLOADS[workload].load, ...(seconds && { seconds }) }
      return inTurn.map((peer) => ({ workload, peer, round, load }))
    })
}

/** The points of all curves, each once: they stand for each other. */
function growth({ names, wanted }) {
  if (!names.includes('growth')) return []
  return Object.entries(CURVES).flatMap(([curve, { points, load }]) =>
    points.flatMap((point) =>
      participants(CURVE_PEERS, wanted).map((peer) => ({ curve, point, peer, round: 0, load: load(point) })),
    ),
  )
}

/** Who is wanted; where a workload needs hooks, `ours` stands for `ours+hooks`. */
function participants(peers, wanted) {
  return peers.filter((peer) => {
    const plain = peer.replace('+hooks', '')
    return wanted.includes(peer) || (!peers.includes(plain) && wanted.includes(plain))
  })
}

async function run(program, { load, ...job }, pinned) {
  const watchLoop = load.probe > 0
  const peer = await Peer.start(job.peer, { cpu: pinned.server, watchLoop })
  try {
    const { port, pid: server, wire } = peer
    const report = await generate(program, { ...load, port, server, wire }, pinned.generator)
    const loopMs = watchLoop ? await peer.lateness(report.measured) : undefined
    progress(job, report)
    return { ...job, ...report, loopMs }
  } catch (error) {
    const where = `${job.workload ?? job.curve} with ${job.peer}`
    throw new Error(`${where}: ${error.message}\n${peer.stderr}`, { cause: error })
  } finally {
    await peer.stop()
  }
}

function progress({ workload, curve, point, peer, round }, report) {
  const name = workload ?? `growth by ${curve}: ${point}`
  const faults = faultCount(report.faults)
  const verdict =
    faults === 0 ? '' : `  FAULTS ${JSON.stringify(report.faults)} ${JSON.stringify(report.note)}`
  console.log(`${round + 1}  ${name.padEnd(24)} ${peer.padEnd(15)} ${report.deliveredPerSecond}/s${verdict}`)
}
