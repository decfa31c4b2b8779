/** Every block of JavaScript and TypeScript in the pages compiles against the package, as a reader's project would have it. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PACKAGE, blocks, pages, read } from './pages.mjs'
import { Project } from './project.mjs'

const EXTENSION = { js: '.mjs', javascript: '.mjs', ts: '.mts', typescript: '.mts', cjs: '.cjs' }
/** Files of a page are run as they are, which says more, and what stands in another file is tried with that. */
const elsewhere = ['not run', 'file', 'from']
const checked = blocks.filter(({ lang, kind }) => EXTENSION[lang] && !elsewhere.includes(kind))

const CONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'nodenext',
    moduleDetection: 'force',
    types: ['node'],
    allowJs: true,
    checkJs: true,
    strict: true,
    // Parameters of JavaScript functions have no types, and things the reader has are anything.
    noImplicitAny: false,
    useUnknownInCatchVariables: false,
    skipLibCheck: true,
    noEmit: true,
  },
}

const nameOf = ({ page, line, lang }) => `${page.replaceAll('/', '__')}__${line}${EXTENSION[lang]}`

/** By the file of a block: the errors, with lines of the page. */
const errors = new Map()
const project = new Project()

beforeAll(() => {
  project.write('tsconfig.json', JSON.stringify(CONFIG))
  project.write('application.d.ts', read('__test__/docs/application.d.ts'))
  for (const block of checked) project.write(nameOf(block), block.code)
  const tsc = join(PACKAGE, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', project.folder, '--pretty', 'false'], {
    cwd: project.folder,
    encoding: 'utf8',
  })
  for (const [, file, line, text] of stdout.matchAll(/^(\S+?)\((\d+),\d+\): error (.+)$/gm)) {
    const block = checked.find((it) => nameOf(it) === file)
    if (!block) throw new Error(stdout)
    const place = `${block.page}:${block.line + Number(line) - 1}: ${text}`
    errors.set(block.page, [...(errors.get(block.page) ?? []), place])
  }
}, 60_000)
afterAll(() => project.remove())

for (const page of pages.filter((it) => checked.some((block) => block.page === it)))
  test(`the code in ${page} compiles`, () => expect(errors.get(page) ?? []).toEqual([]))

test('a block that does not compile is found', async () => {
  const wrong = new Project()
  wrong.write('tsconfig.json', JSON.stringify(CONFIG))
  wrong.write('block.mjs', "import { wss } from '@cgreenhalgh/websocket-room-server'\nwss.nothing.at()\n")
  const tsc = join(PACKAGE, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', wrong.folder], { encoding: 'utf8' })
  wrong.remove()
  expect(stdout).toMatch(/block\.mjs.*2.*'nothing' does not exist on type 'WSS/s)
})
