/** The tables as text for a terminal. */

import { faultCount, figure, times } from './summary.mjs'

export function asText({ tables, curves, checked }) {
  const parts = [...tables.map(tableText), ...curves.map(curveText), checkedText(checked)]
  return parts.join('\n\n')
}

export function tableText({ name, title, columns, rows }) {
  const lines = rows.map(({ peer, cells }) => [peer, ...cells.flatMap(cellTexts)])
  const head = ['', ...columns.flatMap((column) => [column, '', ''])]
  return `${name}: ${title}\n${aligned([head, ...lines])}`
}

function cellTexts(cell) {
  if (!cell) return ['-', '', '']
  return [figure(cell.median), `${figure(cell.min)}..${figure(cell.max)}`, times(cell.ratio)]
}

function curveText({ name, title, points, rows }) {
  const head = ['', ...points.map((point) => point.toLocaleString('en-US'))]
  const lines = rows.map(({ peer, values }) => [peer, ...values.map(figure)])
  return `growth by ${name}: ${title}\n${aligned([head, ...lines])}`
}

export function checkedText({ runs, delivered, faults, disturbed }) {
  const found = Object.entries(faults).map(([kind, count]) => `${count} ${kind}`)
  const lines = [`${runs} runs, ${delivered.toLocaleString('en-US')} deliveries checked: ${found.join(', ')}`]
  if (faultCount(faults) > 0) lines.push('FAULTS: something was lost, repeated, out of order or wrong.')
  if (disturbed > 0)
    lines.push(`In ${disturbed} runs something else took more than 0.3 of a core: distrust these figures.`)
  return lines.join('\n')
}

function aligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const padded = lines.map((line) =>
    line.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))),
  )
  return padded.map((line) => `  ${line.join('  ').trimEnd()}`).join('\n')
}
