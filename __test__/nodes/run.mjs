/**
 * `npm run test:nodes [-- 22 24]`: the behaviours, the life cycle and the packages on each version of Node that is supported, with this
 * machine's build: the addon is the same for all.
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildWhereStale, heading, main, root } from '../../.ci/addon.mjs'
import { installNode } from './install.mjs'

/** Every line with long-term support, and the oldest in `engines`. */
const MAJORS = ['20', '22', '24']

const SPECS = [
  '__test__/conformance/native',
  '__test__/lifecycle',
  '__test__/packaging/install',
  '__test__/types',
]

const majors = process.argv.length > 2 ? process.argv.slice(2) : MAJORS

main(buildWhereStale, () => {
  const failed = majors.filter((major) => !passes(installNode(major)))
  if (failed.length > 0) throw new Error(`FAILED on Node ${failed.join(', ')}`)
  console.log(`\nPassed on Node ${majors.join(', ')}.`)
})

function passes(binary) {
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  heading(`Node ${stdout?.trim()}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  return spawnSync(binary, [vitest, 'run', ...SPECS], { cwd: root, stdio: 'inherit' }).status === 0
}
