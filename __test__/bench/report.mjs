/**
 * Writes the tables into docs/BENCHMARK.md, between its markers. Alone (`node __test__/bench/report.mjs`) it does so for the runs that
 * were made last.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { lastResults } from './results.mjs'
import { faultCount, figure, summarise, times } from './summary.mjs'

const FILE = new URL('../../docs/BENCHMARK.md', import.meta.url)
const BEGIN = '<!-- begin: written by npm run bench -->'
const END = '<!-- end: written by npm run bench -->'

export function writeReport(results) {
  const text = readFileSync(FILE, 'utf8')
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error('docs/BENCHMARK.md has lost its markers')
  writeFileSync(
    FILE,
    `${text.slice(0, begin + BEGIN.length)}\n\n${asMarkdown(results)}\n\n${text.slice(end)}`,
  )
}

export function asMarkdown({ machine, pinned, runs }) {
  const { tables, curves, checked } = summarise(runs)
  return [
    circumstances(machine, pinned),
    verdict(checked),
    '![Bars: this package beside the others, one figure for each workload](bench.svg)',
    ...tables.map(tableMarkdown),
    ...(curves.length > 0 ? ['### Growth', ...curves.map(curveMarkdown)] : []),
  ].join('\n\n')
}

function circumstances({ cpu, cores, system, node, rust, date }, pinned) {
  const where = pinned
    ? "The server's main thread on one CPU, the generator on another"
    : 'Processes not pinned to CPUs'
  return `${date}. ${cpu}, ${cores} cores; ${system}; Node ${node}, Rust ${rust}. ${where}.`
}

function verdict({ runs, delivered, faults, disturbed }) {
  const found = faultCount(faults)
  const list = Object.entries(faults).filter(([, count]) => count > 0)
  const details = found === 0 ? 'nothing' : list.map(([kind, count]) => `${count} ${kind}`).join(', ')
  const text = `${runs} runs; ${delivered.toLocaleString('en-US')} deliveries checked; lost, repeated, out of order or wrong: ${details}.`
  return disturbed === 0 ? text : `${text} In ${disturbed} runs something else took more than 0.3 of a core.`
}

function tableMarkdown({ name, title, columns, rows }) {
  const lines = rows.map(({ peer, cells }) => [peer, ...cells.map(cellMarkdown)])
  return `### ${name}\n\n${title}.\n\n${markdownTable(['', ...columns], lines)}`
}

function cellMarkdown(cell) {
  if (!cell) return '-'
  const ratio = cell.ratio === null ? '' : ` · ${times(cell.ratio)}`
  return `**${figure(cell.median)}** (${figure(cell.min)}–${figure(cell.max)})${ratio}`
}

function curveMarkdown({ title, points, rows }) {
  const lines = rows.map(({ peer, values }) => [peer, ...values.map(figure)])
  return `${title}:\n\n${markdownTable(['', ...points.map((point) => point.toLocaleString('en-US'))], lines)}`
}

function markdownTable(head, lines) {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

if (process.argv[1] === import.meta.filename) writeReport(lastResults())
