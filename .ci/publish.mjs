/**
 * `npm run release [-- --dry-run]`: publishes the packages of all platforms, then the main one; what is published already is left
 * alone, so it can be repeated. The addons must have been put in place with `npm run artifacts`, and what they are made of named with
 * `npm run notices`.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main, native, root, run } from './addon.mjs'
import { manifestOf, notices, platforms, stageMain, stagePlatform } from './packages.mjs'

const { version } = manifestOf(root)
const flags = ['--access', 'public', '--ignore-scripts', '--tag', version.includes('-') ? 'next' : 'latest']

main(requireEverything, publishEverything)

function requireEverything() {
  const unbuilt = platforms.map(addonOf).filter((file) => !existsSync(file))
  if (!existsSync(join(native, 'binding.cjs'))) unbuilt.push(join(native, 'binding.cjs'))
  if (!existsSync(notices)) unbuilt.push(notices)
  if (unbuilt.length > 0) throw new Error(`Not published. Not built: ${unbuilt.join(', ')}`)

  const outdated = platforms.filter((folder) => manifestOf(folder).version !== version)
  const cargo = readFileSync(join(root, 'Cargo.toml'), 'utf8')
  if (!cargo.includes(`\nversion = "${version}"\n`)) outdated.push('Cargo.toml')
  if (outdated.length > 0) throw new Error(`Not published. Not version ${version}: ${outdated.join(', ')}`)
}

function publishEverything() {
  const stage = mkdtempSync(join(tmpdir(), 'room-server-'))
  try {
    for (const folder of platforms) publish(stagePlatform(stage, folder, addonOf(folder)))
    publish(stageMain(stage))
  } finally {
    rmSync(stage, { recursive: true })
  }
}

function publish(folder) {
  const { name } = manifestOf(folder)
  if (isPublished(name)) return console.log(`${name}@${version} is published already`)
  run('npm', ['publish', folder, ...flags, ...process.argv.slice(2)], `${name} could not be published.`)
}

function isPublished(name) {
  const { stdout } = spawnSync('npm', ['view', `${name}@${version}`, 'version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  })
  return stdout?.trim() === version
}

/** Where `npm run artifacts` puts a platform's addon. */
function addonOf(folder) {
  return join(folder, manifestOf(folder).main)
}
