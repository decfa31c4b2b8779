/** Draws what the server's process said of itself, over time: a line for each figure, with a gap where it was restarted. */

const SIZE = { width: 850, panel: 130, left: 70, right: 20, top: 34, gap: 30, margin: 24 }
const MIB = 2 ** 20

const PANELS = [
  {
    title: 'resident memory and JavaScript heap, MiB',
    lines: [
      { of: ({ rss }) => rss / MIB, name: 'ours' },
      { of: ({ heapUsed }) => heapUsed / MIB, name: 'other' },
    ],
  },
  {
    title: "event loop's delay, median and p99, ms",
    lines: [
      { of: ({ delayP99 }) => delayP99, name: 'other' },
      { of: ({ delayP50 }) => delayP50, name: 'ours' },
    ],
  },
  { title: 'connections', lines: [{ of: ({ connections }) => connections, name: 'ours' }] },
]

/** Follows the reader's system, with a ground of its own, as the benchmark's chart does. */
const STYLE = `
  .ground { fill: #ffffff; stroke: #d0d7de }
  text { font: 12px system-ui, sans-serif; fill: #59636e }
  .title { font-weight: 600; fill: #1f2328 }
  .axis { stroke: #d0d7de }
  path { fill: none; stroke-width: 1.5 }
  .other { stroke: #9aa4ae }
  .ours { stroke: #0969da }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d }
    text { fill: #9198a1 }
    .title { fill: #f0f6fc }
    .axis { stroke: #3d444d }
    .other { stroke: #656c76 }
    .ours { stroke: #4493f8 }
  }`

export function plot(samples) {
  const height = 2 * SIZE.margin + PANELS.length * (SIZE.top + SIZE.panel + SIZE.gap)
  const panels = PANELS.map((panel, index) => {
    const y = SIZE.margin + index * (SIZE.top + SIZE.panel + SIZE.gap)
    return `<g transform="translate(0 ${y})">${drawn(panel, samples)}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${height}" viewBox="0 0 ${SIZE.width} ${height}" role="img">
<title>The server's process during the soak</title>
<style>${STYLE}
</style>
<rect class="ground" x="0.5" y="0.5" width="${SIZE.width - 1}" height="${height - 1}" rx="8"/>
${panels.join('\n')}
</svg>
`
}

function drawn({ title, lines }, samples) {
  const [first, last] = [samples[0].at, samples.at(-1).at]
  const top = 1.1 * Math.max(1, ...samples.flatMap((sample) => lines.map(({ of }) => of(sample))))
  const base = SIZE.top + SIZE.panel
  const width = SIZE.width - SIZE.left - SIZE.right
  const x = (at) => SIZE.left + ((at - first) / Math.max(1, last - first)) * width
  const y = (value) => base - (value / top) * SIZE.panel
  const paths = lines.map(
    ({ of, name }) =>
      `<path class="${name}" d="${path(samples, (sample) => [x(sample.at), y(of(sample))])}"/>`,
  )
  const minutes = Math.round((last - first) / 60_000)
  return [
    `<text class="title" x="${SIZE.left}" y="18">${title}</text>`,
    `<path class="axis" d="M${SIZE.left} ${SIZE.top}V${base}H${SIZE.left + width}"/>`,
    `<text x="${SIZE.left - 8}" y="${SIZE.top + 10}" text-anchor="end">${top.toFixed(top < 10 ? 1 : 0)}</text>`,
    `<text x="${SIZE.left - 8}" y="${base}" text-anchor="end">0</text>`,
    `<text x="${SIZE.left + width}" y="${base + 18}" text-anchor="end">${minutes} min</text>`,
    ...paths,
  ].join('\n')
}

/** A new life of the process begins a new line. */
function path(samples, place) {
  return samples
    .map((sample, index) => {
      const move = index === 0 || samples[index - 1].life !== sample.life
      return `${move ? 'M' : 'L'}${place(sample)
        .map((coordinate) => coordinate.toFixed(1))
        .join(' ')}`
    })
    .join('')
}
