/**
 * Gets a fresh clone ready to start and test: installs the packages and builds the addon, each only where it is missing or older
 * than what it is made from. Runs before `npm start` and `npm test`, so it uses nothing but Node itself.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const native = join(root, 'src/js/native')

try {
  installPackages()
  buildAddon()
} catch (error) {
  console.error(`\n${error.message}\n`)
  process.exit(error.exitCode ?? 1)
}

function installPackages() {
  // npm writes this file last.
  const installed = changed(join(root, 'node_modules/.package-lock.json'))
  if (installed >= changed(join(root, 'package-lock.json'))) return
  heading(installed ? 'package-lock.json has changed: installing the packages' : 'Installing the packages')
  run('npm', ['ci'], 'The packages could not be installed.')
}

function buildAddon() {
  const newest = newestSource()
  const stale = addonFiles().filter((file) => changed(file) < newest.time)
  if (stale.length === 0) return
  const missing = stale.some((file) => !existsSync(file))
  heading(missing ? 'Building the addon' : `${newest.file} has changed: building the addon`)
  console.log('(the first time this takes a few minutes)\n')
  requireCargo()
  run('npm', ['run', '--silent', 'build'], 'The addon could not be built.')
  const now = new Date()
  for (const file of addonFiles()) {
    if (!existsSync(file)) throw new Error(`The build went well but left no ${relative(root, file)}.`)
    // Where nothing had to be compiled the files keep their old times.
    utimesSync(file, now, now)
  }
}

/** What the build makes: the addon for this machine and what loads it. */
function addonFiles() {
  return [`websocket-room-server.${platform()}.node`, 'binding.cjs', 'binding.d.cts'].map((name) =>
    join(native, name),
  )
}

/** As the loader names it, e.g. `linux-x64-gnu`. */
function platform() {
  const { platform: os, arch } = process
  if (os === 'win32') return `${os}-${arch}-msvc`
  if (os !== 'linux') return `${os}-${arch}`
  process.report.excludeNetwork = true
  return `${os}-${arch}-${process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'}`
}

/** The file that the addon is made from and that was changed last. */
function newestSource() {
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .filter((name) => /\.rs$|Cargo\.toml$/.test(name))
    .map((name) => join('src', name))
  return ['Cargo.toml', 'Cargo.lock', 'build.rs', ...sources]
    .map((file) => ({ file, time: changed(join(root, file)) }))
    .reduce((newest, source) => (source.time > newest.time ? source : newest))
}

/** When a file was changed, in ms; 0 if it isn't there. */
function changed(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function requireCargo() {
  const cargo = spawnSync('cargo', ['--version'], { encoding: 'utf8' })
  if (cargo.status === 0) return
  throw new Error(
    'The addon has to be built, and `cargo` was not found.\n' +
      'Install Rust (https://rustup.rs), open a new terminal so that `cargo` is on the PATH, and try again.',
  )
}

function run(command, args, failure) {
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

function heading(text) {
  console.log(`\n== ${text} ==`)
}
