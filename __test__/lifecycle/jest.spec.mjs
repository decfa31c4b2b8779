/** The package under jest, which loads it anew for every test file and waits for nothing. */

import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { runScript } from '../support/child.mjs'

test('three jest files load it, use it and end', { timeout: 60_000 }, async () => {
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest')
  const script = `process.argv.push('--rootDir', '__test__/jest', '--runInBand'); require(${JSON.stringify(jest)})`
  const { code, stdout, stderr } = await runScript(script, {
    limit: 50_000,
    env: { NODE_ENV: 'test', FORCE_COLOR: '0' },
  })
  expect(stderr + stdout).toMatch(/Tests:\s+3 passed, 3 total/)
  expect(stderr + stdout).not.toMatch(/did not exit|failed to exit|open handle/i)
  expect(code).toBe(0)
})
