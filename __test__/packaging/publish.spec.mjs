/** `npm run release` and npm's own commands in a copy of the repository, without a registry. */

import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { manifestOf, platforms } from '../../.ci/packages.mjs'
import { PLATFORMS, PACKAGE as NAME } from '../../src/js/server/platform.js'
import { PACKAGE } from '../support/child.mjs'
import { Project } from './support.mjs'

const { version } = manifestOf(PACKAGE)

/** What is in a package or needed to make one. */
const NEEDED = [
  '.ci',
  'npm',
  'src/js',
  'package.json',
  'README.md',
  'LICENSE',
  'Cargo.toml',
  'index.js',
  'index.d.ts',
]

/** What `npm run notices` writes. */
const NOTICES = 'THIRD-PARTY-LICENSES.txt'

let copy

beforeEach(async () => {
  copy = new Project()
  copy.folder = await mkdtemp(join(tmpdir(), 'room-server-copy-'))
  for (const name of NEEDED) await cp(join(PACKAGE, name), copy.path(name), { recursive: true })
  for (const folder of platforms)
    await writeFile(copy.path('npm', basename(folder), manifestOf(folder).main), 'an addon')
  await copy.write(NOTICES, 'the terms')
})

afterEach(() => copy.remove())

/** The registry is one that nobody runs. */
function release(...flags) {
  const env = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' }
  return copy.run(process.execPath, [copy.path('.ci', 'publish.mjs'), ...flags], { env })
}

describe('npm run release', () => {
  test(
    'publishes every platform first and the package last, each with what belongs in it',
    { timeout: 60_000 },
    async () => {
      const before = await copy.read('package.json')
      const { code, stdout, stderr } = await release('--dry-run')
      expect([code, stdout + stderr]).toEqual([0, expect.any(String)])
      const published = stdout.match(/^\+ .*$/gm)
      expect(published.slice(0, -1).sort()).toEqual(PLATFORMS.map((name) => `+ ${NAME}-${name}@${version}`))
      expect(published.at(-1)).toBe(`+ ${NAME}@${version}`)
      const files = stderr.match(/\S+\.node$/gm)
      expect(files.sort()).toEqual(PLATFORMS.map((name) => `websocket-room-server.${name}.node`))
      expect(stderr.match(new RegExp(`${NOTICES}$`, 'gm'))).toHaveLength(PLATFORMS.length)
      expect(await copy.read('package.json')).toBe(before)
    },
  )

  test('publishes nothing when a build is missing', async () => {
    const [folder] = platforms
    await rm(copy.path('npm', basename(folder), manifestOf(folder).main))
    const { code, stdout, stderr } = await release('--dry-run')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`Not built: ${copy.path('npm', basename(folder), manifestOf(folder).main)}`)
  })

  test('publishes nothing without the terms of what is compiled into the addons', async () => {
    await rm(copy.path(NOTICES))
    const { code, stdout, stderr } = await release('--dry-run')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`Not built: ${copy.path(NOTICES)}`)
  })

  test.each(['Cargo.toml', 'npm/win32-x64-msvc/package.json'])(
    'publishes nothing when %s has another version',
    async (file) => {
      await copy.write(file, (await copy.read(file)).replace(version, '0.0.1'))
      const { code, stdout, stderr } = await release('--dry-run')
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(`Not version ${version}`)
    },
  )

  test.each([
    [
      { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'someone/somewhere' },
      'git+https://github.com/someone/somewhere.git',
    ],
    [{ GITHUB_SERVER_URL: '', GITHUB_REPOSITORY: '' }, undefined],
  ])('with %j names the repository that npm will find in the provenance: %s', async (env, url) => {
    const script = `
      import { manifestOf, platforms, stageMain, stagePlatform } from './.ci/packages.mjs'
      const [folder] = platforms
      const staged = [stageMain('staged'), stagePlatform('staged', folder, 'LICENSE')]
      console.log(JSON.stringify(staged.map((it) => manifestOf(it).repository?.url ?? null)))
    `
    const { code, stdout } = await copy.node(script, { env })
    expect([code, JSON.parse(stdout)]).toEqual([0, [url ?? null, url ?? null]])
  })

  test('is the only way: npm publish says so', async () => {
    const { code, stdout, stderr } = await copy.run('npm', ['publish', '--dry-run'])
    expect(code).not.toBe(0)
    expect(stdout + stderr).toContain('npm run release')
  })
})

describe('npm pack', () => {
  test('leaves the addon that was built here out, and what loads it in', async () => {
    await symlink(join(PACKAGE, 'node_modules'), copy.path('node_modules'), 'junction')
    const { code, stdout } = await copy.run('npm', ['pack', '--json'])
    expect(code).toBe(0)
    const [{ files }] = JSON.parse(stdout.slice(stdout.indexOf('[')))
    const paths = files.map(({ path }) => path)
    expect(paths).toContain('src/js/native/binding.cjs')
    expect(paths.filter((path) => path.endsWith('.node'))).toEqual([])
    expect(await readdir(copy.path('src/js/native'))).toContainEqual(expect.stringMatching(/\.node$/))
  })
})

describe('the committed packages', () => {
  test.each(PLATFORMS)('%s: name, version, platform and file fit', async (name) => {
    const [os, cpu, abi] = name.split('-')
    const manifest = JSON.parse(await readFile(join(PACKAGE, 'npm', name, 'package.json'), 'utf8'))
    const file = `websocket-room-server.${name}.node`
    expect(manifest).toMatchObject({
      name: `${NAME}-${name}`,
      version,
      main: file,
      files: [file],
      os: [os],
      cpu: [cpu],
    })
    expect(manifest.libc).toEqual({ gnu: ['glibc'], musl: ['musl'] }[abi])
    expect(manifest.engines).toEqual(manifestOf(PACKAGE).engines)
  })
})
