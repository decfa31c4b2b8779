/**
 * Draws docs/bench.svg: for each workload one figure of every peer, as bars. Alone (`node __test__/bench/chart.mjs`) it does so for the
 * runs that were made last.
 */

import { writeFileSync } from 'node:fs'
import { lastResults } from './results.mjs'
import { figure, summarise, times } from './summary.mjs'
import { WORKLOADS } from './workloads.mjs'

const FILE = new URL('../../docs/bench.svg', import.meta.url)

const COLUMN = { count: 2, width: 410, gap: 30 }
const MARGIN = 24
const PANEL = { head: 44, bar: 18, foot: 18 }
const BAR = { left: 104, length: 180, height: 12 }

/** Follows the reader's system; with a ground of its own, as the page around it may not. */
const STYLE = `
  .ground { fill: #ffffff; stroke: #d0d7de }
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .unit, .ratio { fill: #59636e }
  .peer { text-anchor: end }
  .other { fill: #9aa4ae }
  .ours { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d }
    text { fill: #e6edf3 }
    .unit, .ratio { fill: #9198a1 }
    .other { fill: #656c76 }
    .ours { fill: #4493f8 }
  }`

export function writeChart(results) {
  writeFileSync(FILE, chart(summarise(results.runs).tables))
}

export function chart(tables) {
  const heights = Array(COLUMN.count).fill(MARGIN)
  const panels = tables.map((table) => {
    const column = heights.indexOf(Math.min(...heights))
    const [x, y] = [MARGIN + column * (COLUMN.width + COLUMN.gap), heights[column]]
    heights[column] += PANEL.head + table.rows.length * PANEL.bar + PANEL.foot
    return `<g transform="translate(${x} ${y})">${panel(table)}</g>`
  })
  const width = 2 * MARGIN + COLUMN.count * COLUMN.width + (COLUMN.count - 1) * COLUMN.gap
  const height = Math.max(...heights)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>Benchmark: this package beside others</title>
<style>${STYLE}
</style>
<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${panels.join('\n')}
</svg>
`
}

function panel({ name, title, columns, rows }) {
  const { metrics, shown = 0 } = WORKLOADS[name]
  const scale = Math.max(...rows.map(({ cells }) => cells[shown]?.median ?? 0))
  const unit = `${columns[shown]}, ${metrics[shown].more ? 'more' : 'less'} is better`
  const bars = rows.map(({ peer, cells }, row) =>
    bar(peer, cells[shown], scale, PANEL.head + row * PANEL.bar),
  )
  return [
    `<text class="title" y="12">${escaped(title)}</text>`,
    `<text class="unit" y="29">${escaped(unit)}</text>`,
    ...bars,
  ].join('\n')
}

function bar(peer, cell, scale, y) {
  const length = cell ? Math.max(1, (cell.median / scale) * BAR.length) : 0
  const colour = peer.startsWith('ours') ? 'ours' : 'other'
  const base = y + 10
  const value = cell ? `${figure(cell.median)} <tspan class="ratio" dx="4">${times(cell.ratio)}</tspan>` : '-'
  return [
    `<text class="peer" x="${BAR.left - 8}" y="${base}">${escaped(peer)}</text>`,
    `<rect class="${colour}" x="${BAR.left}" y="${y}" width="${length.toFixed(1)}" height="${BAR.height}" rx="2"/>`,
    `<text x="${(BAR.left + length + 6).toFixed(1)}" y="${base}">${value}</text>`,
  ].join('\n')
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

if (process.argv[1] === import.meta.filename) writeChart(lastResults())
