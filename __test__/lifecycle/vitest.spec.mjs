/** The package under each of vitest's pools: processes, threads, and threads with a context of their own for each file. */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runScript } from '../support/child.mjs'

const config = fileURLToPath(new URL('fixtures/pools/vitest.config.mjs', import.meta.url))
const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).href

test.each(['forks', 'threads', 'vmForks', 'vmThreads'])(
  'three files load it, use it and end in %s, also where one leaves a server open',
  { timeout: 60_000 },
  async (pool) => {
    const argv = ['run', '--config', config, '--pool', pool, '--reporter', 'default']
    const script = `process.argv.push(...${JSON.stringify(argv)}); import(${JSON.stringify(vitest)})`
    // What the vitest that runs this has set must not reach the one inside.
    const env = { VITEST: '', VITEST_POOL_ID: '', VITEST_WORKER_ID: '', NO_COLOR: '1' }
    const { code, signal, stdout, stderr } = await runScript(script, { limit: 50_000, env })
    expect(stdout).toMatch(/Tests\s+3 passed \(3\)/)
    expect(stdout + stderr).not.toMatch(/close timed out|hanging|did not exit|Unhandled/i)
    expect([code, signal]).toEqual([0, null])
  },
)
