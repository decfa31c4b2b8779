/** For what takes too long for `npm test`: files named *.nightly.mjs, each behind a script of its own in package.json. */

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['__test__/**/*.nightly.mjs'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 15 * 60_000,
    hookTimeout: 15 * 60_000,
  },
})
