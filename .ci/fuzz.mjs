/**
 * Fuzzes the engine: every target (or `--target <name>`) for `--seconds <n>` each, 60 unless given. Needs the nightly toolchain and
 * cargo-fuzz. New inputs gather in src/engine/fuzz/corpus (not committed); what makes a target fail is kept in
 * src/engine/fuzz/artifacts, and belongs into src/engine/fuzz/seeds once it is fixed.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const ENGINE = join(import.meta.dirname, '../src/engine')
const TARGETS = readdirSync(join(ENGINE, 'fuzz/targets')).map((file) => file.replace(/\.rs$/, ''))

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, target: { type: 'string', multiple: true } },
})
const seconds = Number(values.seconds)
const chosen = values.target ?? TARGETS
const unknown = chosen.find((target) => !TARGETS.includes(target))
if (unknown || !(seconds > 0)) {
  console.error(`npm run fuzz -- [--seconds 60] [--target ${TARGETS.join('|')}]`)
  process.exit(2)
}

for (const target of chosen) {
  const corpus = join('fuzz/corpus', target)
  mkdirSync(join(ENGINE, corpus), { recursive: true })
  const limits = [`-max_total_time=${seconds}`, '-max_len=4096', '-timeout=120', '-print_final_stats=1']
  const args = ['+nightly', 'fuzz', 'run', target, corpus, join('fuzz/seeds', target), '--', ...limits]
  const { status, error } = spawnSync('cargo', args, { cwd: ENGINE, stdio: 'inherit' })
  if (status !== 0) {
    console.error(`FAILED: ${target}: ${error?.message ?? 'see above for the input that did it'}`)
    process.exit(status || 1)
  }
}
console.log(`No finding in ${seconds} s for each of ${chosen.join(', ')}.`)
