/** What is said where the engine can't be loaded: each cause for real, in a project of its own. */

import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { rolldown } from 'rolldown'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pack, platforms } from '../../.ci/packages.mjs'
import { packageOf, platform, PLATFORMS } from '../../src/js/server/platform.js'
import { blocksOf, PACKAGE } from '../docs/pages.mjs'
import { NAME, Project, tarballs } from './support.mjs'

const HERE = packageOf(platform())
/** A platform that this machine isn't. */
const ELSEWHERE = process.platform === 'darwin' ? 'win32-x64-msvc' : 'darwin-arm64'

/** What an application does first that needs the engine. */
const APP = `
  import { createServer } from 'node:http'
  import { wss } from '${NAME}'
  wss.addWebsockets(createServer())
  console.log('loaded')
`

let packed
let project

beforeAll(async () => {
  packed = await tarballs()
}, 60_000)

afterAll(() => packed?.remove())

afterEach(async () => {
  await project?.remove()
  project = undefined
})

async function install(manifest, ...flags) {
  project = await Project.create(manifest)
  await project.npm('install', '--offline', ...flags)
  await project.write('app.mjs', APP)
}

const both = () => ({ [NAME]: `file:${packed.files[0]}`, [HERE]: `file:${packed.files[1]}` })

const run = (file = 'app.mjs') => project.run(process.execPath, [project.path(file)])

/** The lines of the error that ended a process, from the first on. */
function saidIn({ code, stderr }) {
  expect(code).toBe(1)
  const lines = stderr.slice(stderr.indexOf(`Error: ${NAME}`)).split('\n')
  return lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('    at ')),
  )
}

const FIRST = `Error: ${NAME} could not load its engine for ${platform()}.`

/** The same error as docs/packaging.md shows it, for the platforms of this test. */
function errorInPage() {
  const { code } = blocksOf('docs/packaging.md').find(({ lang }) => lang === 'text')
  const here = code.replaceAll('linux-x64-gnu', platform()).replaceAll('darwin-arm64', ELSEWHERE)
  return here.replace('…', '').trim().split('\n')
}

/** After what was found out the error names what else it may be. */
function expectCauses(lines) {
  const causes = lines.slice(lines.indexOf('Usual causes:') + 1).join('\n')
  for (const word of ['the platform', '--omit=optional', 'package-lock.json', 'bundler', ...PLATFORMS])
    expect(causes).toContain(word)
}

describe('the names of the builds', () => {
  test('are those of the packages in npm/', async () => {
    expect((await readdir(join(PACKAGE, 'npm'))).sort()).toEqual(PLATFORMS)
    expect(platforms).toHaveLength(PLATFORMS.length)
  })
})

describe('an installation', () => {
  test('with --omit=optional: the missing package is named', async () => {
    const { [NAME]: main, [HERE]: build } = both()
    await install(
      { dependencies: { [NAME]: main }, optionalDependencies: { [HERE]: build } },
      '--omit=optional',
    )
    const said = saidIn(await run())
    expect(said.slice(0, 3)).toEqual([FIRST, `${HERE} was not found.`, 'Usual causes:'])
    expectCauses(said)
  })

  test('made for another platform: what is there instead is named too', async () => {
    const other = await foreignBuild()
    const [os, cpu] = ELSEWHERE.split('-')
    await install(
      {
        dependencies: { [NAME]: `file:${packed.files[0]}` },
        optionalDependencies: { [packageOf(ELSEWHERE)]: `file:${other}` },
      },
      `--os=${os}`,
      `--cpu=${cpu}`,
    )
    const said = saidIn(await run())
    expect(said.slice(0, 4)).toEqual([
      FIRST,
      `${HERE} was not found.`,
      `Installed for another platform: ${packageOf(ELSEWHERE)}.`,
      'Usual causes:',
    ])
    expect(said.slice(0, 4)).toEqual(errorInPage())
    expectCauses(said)
  })

  test('with a damaged binary: the file is named, and what is wrong with it', async () => {
    await install({ dependencies: both() })
    const binary = project.installed(HERE, `websocket-room-server.${platform()}.node`)
    await writeFile(binary, 'no binary')
    const [first, found, ...said] = saidIn(await run())
    expect(first).toBe(FIRST)
    expect(found).toMatch(new RegExp(`^${HERE} is installed but could not be loaded: .*${platform()}\\.node`))
    expectCauses(said)
  })

  test('on a platform that has no build says so', async () => {
    await install({ dependencies: both() })
    const unknown = `Object.defineProperty(process, 'arch', { value: 'mips' }); await import('./app.mjs')`
    await project.write('unknown.mjs', unknown)
    const said = saidIn(await run('unknown.mjs'))
    expect(said[1]).toMatch(/^There is no build for .*mips/)
    expect(said[2]).toBe(`Installed for another platform: ${HERE}.`)
    expectCauses(said)
  })

  test('without the build can be imported; each use that needs the engine fails', async () => {
    await install({ dependencies: both() })
    await rm(project.installed(HERE), { recursive: true })
    await project.write(
      'attempts.mjs',
      `
        import { createServer } from 'node:http'
        import { MESSAGE_TYPE, wss } from '${NAME}'
        const attempt = () => {
          try {
            return wss.addWebsockets(createServer())
          } catch (error) {
            return error.message.split('\\n')[1]
          }
        }
        console.log(MESSAGE_TYPE.CHANGE_REQ, attempt(), attempt())
      `,
    )
    const missing = `${HERE} was not found.`
    expect(await run('attempts.mjs')).toMatchObject({ code: 0, stdout: `2 ${missing} ${missing}\n` })
  })
})

describe('a bundle', () => {
  beforeEach(async () => {
    await install({ dependencies: both() })
  })

  const bundle = (options) =>
    esbuild({
      absWorkingDir: project.folder,
      entryPoints: ['app.mjs'],
      outfile: 'out/app.cjs',
      bundle: true,
      platform: 'node',
      logLevel: 'silent',
      ...options,
    })

  test('of esbuild that leaves packages out works', async () => {
    await bundle({ packages: 'external', outfile: 'out/app.mjs', format: 'esm' })
    expect(await run('out/app.mjs')).toMatchObject({ code: 0, stdout: 'loaded\n' })
  })

  test('of esbuild that copies binaries works', async () => {
    await bundle({ loader: { '.node': 'copy' } })
    await rm(project.path('node_modules'), { recursive: true })
    expect(await run('out/app.cjs')).toMatchObject({ code: 0, stdout: 'loaded\n' })
  })

  test('of esbuild that took the JavaScript in, run without node_modules, says so', async () => {
    await bundle({ external: [`${NAME}-*`] })
    await rm(project.path('node_modules'), { recursive: true })
    const said = saidIn(await run('out/app.cjs'))
    expect(said.slice(0, 4)).toEqual([
      FIRST,
      `${HERE} was not found.`,
      'Its JavaScript was bundled: it does not run from its own package.',
      'Usual causes:',
    ])
    expectCauses(said)
  })

  test('of esbuild in which the binary was replaced by nothing says so', async () => {
    await bundle({ loader: { '.node': 'empty' } })
    const said = saidIn(await run('out/app.cjs'))
    expect(said.slice(1, 3)).toEqual([
      `${HERE} is installed but could not be loaded: it has no NativeServer`,
      'Its JavaScript was bundled: it does not run from its own package.',
    ])
  })

  test('of esbuild or rolldown that takes everything in fails while bundling, and the binary is named', async () => {
    const binary = new RegExp(`websocket-room-server\\.${platform()}\\.node`)
    await expect(bundle({})).rejects.toThrow(binary)
    const input = {
      input: project.path('app.mjs'),
      cwd: project.folder,
      platform: 'node',
      logLevel: 'silent',
    }
    const bundled = await rolldown(input)
    await expect(bundled.generate({ format: 'esm' })).rejects.toThrow(binary)
    await bundled.close()
  })

  test('of rolldown that leaves the package out works', async () => {
    const input = { input: project.path('app.mjs'), cwd: project.folder, platform: 'node', external: [NAME] }
    const bundled = await rolldown(input)
    await bundled.write({ format: 'esm', file: project.path('out/app.mjs') })
    await bundled.close()
    expect(await run('out/app.mjs')).toMatchObject({ code: 0, stdout: 'loaded\n' })
  })
})

/** A tarball of another platform's package, with something else than a binary in it. */
async function foreignBuild() {
  const folder = await mkdtemp(join(tmpdir(), 'room-server-foreign-'))
  const staged = join(folder, 'package')
  await mkdir(staged)
  await cp(join(PACKAGE, 'npm', ELSEWHERE), staged, { recursive: true })
  await writeFile(join(staged, `websocket-room-server.${ELSEWHERE}.node`), 'for another machine')
  return pack(staged, folder)
}
