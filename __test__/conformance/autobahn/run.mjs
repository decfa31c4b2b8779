/**
 * `npm run test:autobahn -- [core | compression] [plain | upgrade | relay …] [--update]`
 *
 * Plays Autobahn|Testsuite against the engine, reached in three ways, and compares each case with expected.json: a result that has
 * changed fails, to the better as well. `--update` writes what came of the last way instead.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { build, ENTRIES } from './servers.mjs'
import { findSuite, play, SETS } from './suite.mjs'

const EXPECTED = new URL('expected.json', import.meta.url)

const args = process.argv.slice(2)
const set = Object.keys(SETS).find((name) => args.includes(name)) ?? 'core'
const chosen = Object.keys(ENTRIES).filter((name) => args.includes(name))
const entries = chosen.length > 0 ? chosen : Object.keys(ENTRIES)
const update = args.includes('--update')
const unknown = args.filter((arg) => !(arg in SETS) && !(arg in ENTRIES) && arg !== '--update')
if (unknown.length > 0) throw new Error(`not understood: ${unknown.join(' ')}`)

const suite = findSuite()
build(entries)
console.log(`Autobahn|Testsuite (${suite.name}), ${set}: ${SETS[set].cases.join(' ')}`)

const expected = JSON.parse(readFileSync(EXPECTED, 'utf8'))
let changed = 0
for (const name of entries) {
  const start = performance.now()
  const results = await playAgainst(name)
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  console.log(`${name.padEnd(8)} ${summary(results)}; ${seconds} s`)
  if (update) expected[set] = results
  else changed += compare(results, expected[set] ?? {})
}
if (update) writeFileSync(EXPECTED, `${JSON.stringify(expected, null, 2)}\n`)
if (changed > 0) console.error(`\n${changed} results differ from expected.json`)
process.exit(changed > 0 ? 1 : 0)

async function playAgainst(name) {
  const server = await ENTRIES[name](set === 'compression')
  try {
    return await play(suite, server.url, set, `${set}-${name}`)
  } finally {
    await server.stop()
  }
}

/** `296 OK, 3 INFORMATIONAL, 2 NON-STRICT`, by behaviour alone. */
function summary(results) {
  const counts = new Map()
  for (const result of Object.values(results)) {
    const [behaviour] = result.split(', ')
    counts.set(behaviour, (counts.get(behaviour) ?? 0) + 1)
  }
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([behaviour, count]) => `${count} ${behaviour}`)
  return `${Object.keys(results).length} cases: ${parts.join(', ')}`
}

/** How many cases differ; they are printed. */
function compare(results, wanted) {
  const ids = new Set([...Object.keys(wanted), ...Object.keys(results)])
  const different = [...ids].filter((id) => results[id] !== wanted[id])
  for (const id of different)
    console.error(`  ${id}: ${results[id] ?? 'not played'}; expected: ${wanted[id] ?? 'nothing'}`)
  return different.length
}
