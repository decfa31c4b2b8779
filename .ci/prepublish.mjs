/**
 * Before `npm publish`: publishes the packages of the eight platforms, names them as optional dependencies of this one, and leaves
 * this machine's own build out of it. The addons must have been put in place with `npm run artifacts`.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dryRun = process.env.npm_config_dry_run === 'true'
const native = join(root, 'src/js/native')
const packages = readdirSync(join(root, 'npm')).map((triple) => join(root, 'npm', triple))

const missing = packages.filter((folder) => !existsSync(join(folder, manifest(folder).main)))
if (!existsSync(join(native, 'binding.cjs'))) missing.push(join(native, 'binding.cjs'))
const { version } = manifest(root)
const outdated = packages.filter((folder) => manifest(folder).version !== version)

if (missing.length > 0) stop(`Not built for: ${missing.join(', ')}`)
if (outdated.length > 0) stop(`Not version ${version}: ${outdated.join(', ')}`)

const flags = ['--tag-style', 'npm', '--no-gh-release', ...(dryRun ? ['--dry-run'] : [])]
const result = spawnSync('napi', ['pre-publish', ...flags], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
if (result.status !== 0) process.exit(result.status || 1)

if (!dryRun) {
  const built = readdirSync(native).filter((name) => name.endsWith('.node'))
  for (const name of built) rmSync(join(native, name))
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function stop(reason) {
  console.error(`\nNot published. ${reason}`)
  process.exit(1)
}
