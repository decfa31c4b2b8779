/** `npm run test:hostile -- [scale] [part of an attack's name]`: all attacks in full size, one after the other, with figures. */

import { Arena } from './arena.mjs'
import { ATTACKS } from './attacks.mjs'

const scale = Number(process.argv[2] ?? 1)
const chosen = Object.entries(ATTACKS).filter(([name]) => name.includes(process.argv[3] ?? ''))

const ms = (value) => value.toFixed(1).padStart(8)
const mib = (bytes) => (bytes / 2 ** 20).toFixed(1).padStart(7)

let failed = 0
console.log(
  '| attack | time | p99 before | p99 during | slowest | memory before | after |\n|---|---|---|---|---|---|---|',
)
for (const [name, attack] of chosen) {
  const arena = await Arena.open()
  try {
    // What the first of its kind makes for good: code, pools, tables.
    await arena.suffer(attack, scale / 20, 0)
    const start = performance.now()
    const { before, during, ...memory } = await arena.suffer(attack, scale, 2000)
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    const growth = memory.end / memory.start - 1
    if (growth > 0.1) failed += 1
    console.log(
      `| ${name} | ${seconds} s | ${ms(before.p99)} ms | ${ms(during.p99)} ms | ${ms(during.max)} ms ` +
        `| ${mib(memory.start)} MiB | ${mib(memory.end)} MiB (${(growth * 100).toFixed(0)}%)${growth > 0.1 ? ' TOO MUCH' : ''} |`,
    )
  } catch (error) {
    failed += 1
    console.log(`| ${name} | FAILED: ${error.message} |`)
  } finally {
    await arena.close()
  }
}
process.exit(failed > 0 ? 1 : 0)
