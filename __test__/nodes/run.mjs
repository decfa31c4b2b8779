/**
 * `npm run test:nodes [-- 22 24]`: the behaviours, the life cycle and the packages on each version of Node that is supported, with this
 * machine's build: the addon is the same for all. The binaries come from npm, into target/nodes, on the first run.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildWhereStale, heading, main, root, run } from '../../.ci/addon.mjs'

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
  const failed = majors.filter((major) => !passes(install(major)))
  if (failed.length > 0) throw new Error(`FAILED on Node ${failed.join(', ')}`)
  console.log(`\nPassed on Node ${majors.join(', ')}.`)
})

/** The binary's path; npm has one package for each kind of machine. */
function install(major) {
  const windows = process.platform === 'win32'
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`
  const folder = join(root, 'target', 'nodes', major)
  const binary = join(folder, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  heading(`Installing Node ${major}`)
  mkdirSync(folder, { recursive: true })
  const flags = ['--no-save', '--ignore-scripts', '--prefix', folder]
  run('npm', ['install', ...flags, `${name}@${major}`], `Node ${major} could not be installed.`)
  return binary
}

function passes(binary) {
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  heading(`Node ${stdout?.trim()}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  return spawnSync(binary, [vitest, 'run', ...SPECS], { cwd: root, stdio: 'inherit' }).status === 0
}
