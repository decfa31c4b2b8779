/**
 * Runs all tests and checks, one part after the other, and stops at the first that fails. Each part is a script in package.json.
 */

import { spawnSync } from 'node:child_process'

const PARTS = [
  ['Engine: cargo test', 'test:engine'],
  ['Addon and original: vitest', 'test:js'],
  ['Declarations: tsc', 'test:types'],
  ['Loading in jest', 'test:jest'],
  ['The packages, as they are published: publint, attw', 'check:package'],
  ['Demo in a browser: vitest and Chromium', 'test:demo'],
  ['Examples, installed as users do: vitest and Chromium', 'test:examples'],
  ['Formatting, lints, types of the JavaScript', 'check'],
]

/** For one part: what hangs has to fail too. Compiling on a slow machine is in it. */
const LIMIT_MS = 20 * 60_000

const start = Date.now()
PARTS.forEach(([title, script], index) => {
  const label = `[${index + 1}/${PARTS.length}] ${title}`
  console.log(`\n${'='.repeat(100)}\n${label}  (npm run ${script})\n${'='.repeat(100)}\n`)
  const { status, signal, error } = spawnSync('npm', ['run', '--silent', script], {
    stdio: 'inherit',
    timeout: LIMIT_MS,
    // npm is a script on Windows.
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  const how = error?.message ?? (signal ? `ended by ${signal}` : `exit code ${status}`)
  console.error(`\nFAILED: ${label}: ${how}. Run it alone with: npm run ${script}`)
  process.exit(status || 1)
})
console.log(
  `\nAll ${PARTS.length} parts passed in ${duration(Date.now() - start)}: ${PARTS.map(([, script]) => script).join(', ')}.`,
)

function duration(ms) {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
