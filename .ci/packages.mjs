/**
 * Owns what is in the packages that users install: the main one without any binary, and for each platform one with nothing else.
 * They are staged in a folder of their own, so that neither this package.json nor the working tree changes.
 */

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { platform } from '../src/js/server/platform.js'
import { native, root } from './addon.mjs'

/** The platforms' packages as they are committed. */
export const platforms = readdirSync(join(root, 'npm')).map((triple) => join(root, 'npm', triple))

/** The terms of what is compiled into the addons, written by `npm run notices`; publishing asks for it, packing here does not. */
export const notices = join(root, 'THIRD-PARTY-LICENSES.txt')

/** Makes the two tarballs that this machine needs, in `folder`, and tells their paths. */
export function packForThisMachine(folder) {
  const here = join(root, 'npm', platform())
  if (!existsSync(here)) throw new Error(`There is no package for ${platform()} in npm/.`)
  mkdirSync(folder, { recursive: true })
  const stage = mkdtempSync(join(tmpdir(), 'room-server-'))
  try {
    const addon = join(native, manifestOf(here).main)
    return [stageMain(stage), stagePlatform(stage, here, addon)].map((staged) =>
      pack(staged, resolve(folder)),
    )
  } finally {
    rmSync(stage, { recursive: true })
  }
}

/** Copies what the main package consists of, and tells where to. */
export function stageMain(stage) {
  const to = join(stage, 'main')
  for (const file of publishedFiles()) cpSync(join(root, file), join(to, file))
  writeManifest(to, publishedManifest(manifestOf(root)))
  return to
}

/** Copies a platform's package and its addon, and tells where to. */
export function stagePlatform(stage, folder, addon) {
  const to = join(stage, basename(folder))
  cpSync(folder, to, { recursive: true })
  cpSync(addon, join(to, manifestOf(folder).main))
  cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'))
  const { files, ...manifest } = manifestOf(folder)
  if (existsSync(notices)) {
    cpSync(notices, join(to, basename(notices)))
    files.push(basename(notices))
  }
  writeManifest(to, { ...manifest, files, ...repository() })
  return to
}

/** By `files` in package.json, as npm reads it; an addon built here stays here. */
function publishedFiles() {
  const [{ files }] = JSON.parse(npm(['pack', '--dry-run', '--json', '--ignore-scripts'], root))
  return files.map(({ path }) => path).filter((path) => !path.endsWith('.node'))
}

/**
 * package.json as users get it. The platforms' packages are named only here: while they aren't published, `npm ci` couldn't
 * install them in a clone. What only a clone can run or needs is left out.
 */
function publishedManifest({ scripts: _s, devDependencies: _d, napi: _n, ...manifest }) {
  const names = platforms.map((folder) => manifestOf(folder).name)
  return {
    ...manifest,
    ...repository(),
    optionalDependencies: Object.fromEntries(names.map((name) => [name, manifest.version])),
  }
}

/** Where it is published from, on GitHub: npm refuses a provenance that names another place than package.json. */
function repository() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
  return server && name ? { repository: { type: 'git', url: `git+${server}/${name}.git` } } : {}
}

/** Makes a tarball of a folder and tells its path. */
export function pack(staged, folder) {
  const [{ filename }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], staged),
  )
  return join(folder, filename)
}

function npm(args, cwd) {
  const options = { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }
  // npm is a script on Windows.
  return execFileSync('npm', args, { ...options, shell: process.platform === 'win32' })
}

export function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function writeManifest(folder, manifest) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
