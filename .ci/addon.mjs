/**
 * Owns what is known of the addon's build: which files it makes, from what, and for which machine. Used before the packages are
 * installed, so it uses nothing but Node itself.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { platform } from '../src/js/server/platform.js'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where the build puts its files. */
export const native = join(root, 'src/js/native')

/** What the build makes: the addon for this machine and what loads it. */
export function addonFiles() {
  return [`websocket-room-server.${platform()}.node`, 'binding.cjs', 'binding.d.cts'].map((name) =>
    join(native, name),
  )
}

/** What the addon is made from; tests, benchmarks and fuzz targets stand beside it and don't count. */
const SOURCES = ['src/binding', 'src/engine/src', 'src/takeover/src']
const MANIFESTS = [
  'Cargo.toml',
  'Cargo.lock',
  '.cargo/config.toml',
  'build.rs',
  'src/lib.rs',
  'src/allocator.rs',
  'src/engine/Cargo.toml',
  'src/takeover/Cargo.toml',
]

/** Builds the addon if it isn't there or is older than what it is made from. */
export function buildWhereStale() {
  const newest = newestSource()
  if (addonFiles().every((file) => changed(file) >= newest.time)) return
  const missing = addonFiles().some((file) => !existsSync(file))
  build(missing ? 'Building the addon' : `${newest.file} has changed: building the addon`)
}

/** Builds the addon if it isn't there. */
export function buildWhereMissing() {
  if (!addonFiles().every((file) => existsSync(file))) build('Building the addon')
}

function build(title) {
  heading(title)
  console.log('(the first time this takes a few minutes)\n')
  requireCargo()
  run('npm', ['run', '--silent', 'build', ...features()], 'The addon could not be built.')
  const now = new Date()
  for (const file of addonFiles()) {
    if (!existsSync(file)) throw new Error(`The build went well but left no ${relative(root, file)}.`)
    // Where nothing had to be compiled the files keep their old times.
    utimesSync(file, now, now)
  }
}

/** The file that the addon is made from and that was changed last. */
function newestSource() {
  const sources = SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  )
  return [...MANIFESTS, ...sources.filter((name) => name.endsWith('.rs'))]
    .map((file) => ({ file, time: changed(join(root, file)) }))
    .reduce((newest, source) => (source.time > newest.time ? source : newest))
}

/** When a file was changed, in ms; 0 if it isn't there. */
export function changed(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** jemalloc is built with make, which not every machine with a compiler has. */
function features() {
  if (process.platform !== 'linux' || spawnSync('make', ['--version']).status === 0) return []
  console.log('`make` was not found: built without jemalloc, which keeps memory small after bursts.\n')
  return ['--', '--no-default-features']
}

function requireCargo() {
  const cargo = spawnSync('cargo', ['--version'], { encoding: 'utf8' })
  if (cargo.status === 0) return
  throw new Error(
    'The addon has to be built, and `cargo` was not found.\n' +
      'Install Rust (https://rustup.rs), open a new terminal so that `cargo` is on the PATH, and try again.',
  )
}

/** Runs a command of which everybody may see the output; throws if it fails. */
export function run(command, args, failure) {
  // npm is a script on Windows.
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (result.status === 0) return
  throw Object.assign(new Error(`${failure} (${result.error?.message ?? `exit code ${result.status}`})`), {
    exitCode: result.status || 1,
  })
}

export function heading(text) {
  console.log(`\n== ${text} ==`)
}

/** Runs a script's steps; what they throw is its last word and its exit code. */
export function main(...steps) {
  try {
    for (const step of steps) step()
  } catch (error) {
    console.error(`\n${error.message}\n`)
    process.exit(error.exitCode ?? 1)
  }
}
