/** Makes tables out of runs: medians, what they range over, and how they compare. */

import { baseline, CURVE_PEERS, CURVES, WORKLOADS } from './workloads.mjs'

/**
 * A run is what the generator reported, with `{ workload | curve, point, peer, round }`. Gives
 * `{ tables: [{ name, title, columns, rows: [{ peer, cells }] }], curves: [{ name, title, points, rows }], checked }`.
 */
export function summarise(runs) {
  const tables = Object.keys(WORKLOADS).flatMap((name) => {
    const own = runs.filter((run) => run.workload === name)
    return own.length > 0 ? [table(name, own)] : []
  })
  const curves = Object.keys(CURVES).flatMap((name) => {
    const own = runs.filter((run) => run.curve === name)
    return own.length > 0 ? [curve(name, own)] : []
  })
  return { tables, curves, checked: checked(runs) }
}

function table(name, runs) {
  const { title, metrics, peers } = WORKLOADS[name]
  const present = peers.filter((peer) => runs.some((run) => run.peer === peer))
  const rows = present.map((peer) => ({
    peer,
    runs: runs.filter((run) => run.peer === peer).length,
    cells: metrics.map(({ of }) => cell(runs, peer, baseline(peer, present), of)),
  }))
  return { name, title, columns: metrics.map(({ name: column }) => column), rows }
}

function cell(runs, peer, base, of) {
  const own = runs.filter((run) => run.peer === peer)
  const values = own.map(of).filter((value) => value != null)
  if (values.length === 0) return null
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    ratio: ratio(runs, own, base, of),
  }
}

/** To the base in the same round, since the machine has good and bad minutes; the median of all rounds. */
function ratio(runs, own, base, of) {
  const ratios = own.flatMap((run) => {
    const other = runs.find(({ peer, round }) => peer === base && round === run.round)
    const value = other && of(run) / of(other)
    return Number.isFinite(value) ? [value] : []
  })
  return ratios.length > 0 ? median(ratios) : null
}

function curve(name, runs) {
  const { title, points, of } = CURVES[name]
  const rows = CURVE_PEERS.flatMap((peer) => {
    const own = runs.filter((run) => run.peer === peer)
    const at = (point) => own.filter((run) => run.point === point).map(of)
    return own.length > 0 ? [{ peer, values: points.map((point) => median(at(point))) }] : []
  })
  return { name, title, points, rows }
}

/** What the generator has looked at and found, over all runs. */
function checked(runs) {
  const sum = (of) => runs.reduce((total, run) => total + of(run), 0)
  const kinds = ['lost', 'gaps', 'late', 'bad', 'dropped', 'rosters', 'http']
  const faults = Object.fromEntries(kinds.map((kind) => [kind, sum((run) => run.faults[kind])]))
  const disturbed = runs.filter((run) => run.otherCores > 0.3).length
  return { runs: runs.length, delivered: sum((run) => run.delivered), faults, disturbed }
}

export function faultCount(faults) {
  return Object.values(faults).reduce((total, count) => total + count, 0)
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Three digits: `7.82`, `1,713`, `61.2k`, `3.84M`. */
export function figure(value) {
  if (value == null || Number.isNaN(value)) return '-'
  // What would be rounded up to 1000 of one unit is 1 of the next.
  if (value >= 999_500) return `${(value / 1e6).toPrecision(3)}M`
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)}k`
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  if (value >= 1) return value.toPrecision(3)
  return value.toFixed(value >= 0.1 ? 2 : 3)
}

/** `8.9x`, `0.12x` */
export function times(factor) {
  if (factor == null) return ''
  return `${factor >= 100 ? Math.round(factor) : factor.toPrecision(2)}x`
}
