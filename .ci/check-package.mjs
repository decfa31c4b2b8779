/**
 * `npm run check:package`: what users would install, looked at by publint (does package.json fit the files?) and by attw (do the
 * types fit what Node and bundlers load?). Warnings count as errors.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWhereStale, main, run } from './addon.mjs'
import { packForThisMachine } from './packages.mjs'

main(buildWhereStale, () => {
  const folder = mkdtempSync(join(tmpdir(), 'room-server-'))
  try {
    const [tarball, platformTarball] = packForThisMachine(folder)
    for (const file of [tarball, platformTarball])
      run('npx', ['publint', 'run', '--strict', file], `publint objects to ${file}.`)
    // The profile leaves out what TypeScript did before 4.7, which can't see the subpaths in `exports`. /client and /vite are ES modules
    // alone: Node since 20.19 loads them with require too, older ones by import().
    run(
      'npx',
      [
        'attw',
        '--profile',
        'node16',
        '--ignore-rules',
        'cjs-resolves-to-esm',
        '--format',
        'table-flipped',
        tarball,
      ],
      'attw objects to the types.',
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
