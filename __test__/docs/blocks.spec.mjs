/**
 * Every block of the pages is run by the spec of its page, or tried in another way that its language or the comment before it names.
 * code.spec.mjs compiles what is JavaScript or TypeScript besides.
 */

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compile } from 'svelte/compiler'
import { parse as parseYaml } from 'yaml'
import { expect, test } from 'vitest'
import { PACKAGE, at, blocks, isToBeRun, pages, read } from './pages.mjs'

/** How many are not run, by page. Who adds one says why in the comment before the block, and counts it here. */
const NOT_RUN = { 'docs/MIGRATING.md': 1, 'docs/operations.md': 1 }

const ofKind = (...kinds) => blocks.filter(({ kind }) => kinds.includes(kind))

test('no fence is overlooked', () => {
  for (const page of pages) {
    const fences = read(page).match(/^ *(```|~~~)/gm) ?? []
    expect(fences.length, page).toBe(2 * blocks.filter((block) => block.page === page).length)
  }
})

test('blocks that are not run say why, and are counted', () => {
  for (const { about } of ofKind('not run', 'looked up')) expect(about.length).toBeGreaterThan(8)
  const counts = {}
  for (const { page } of ofKind('not run')) counts[page] = (counts[page] ?? 0) + 1
  expect(counts).toEqual(NOT_RUN)
  for (const { lang, ...block } of ofKind('looked up')) expect(lang, at(block)).toBe('sh')
})

const specs = readdirSync(join(PACKAGE, '__test__'), { recursive: true })
  .filter((name) => name.endsWith('.spec.mjs'))
  .map((name) => ({ name, text: read(`__test__/${name}`) }))

/** The example that a file belongs to. */
const exampleOf = (path) => /^examples\/([^/]+)\//.exec(path)?.[1]

/** How a spec says that it is about a page. */
function marksOf(page) {
  const example = exampleOf(page)
  return example ? [`example('${example}')`, `Readme('${example}')`] : [`Page('${page}')`, `runs('${page}')`]
}

/** The specs that run a page, and whose last test is that nothing of it was left out. */
const runnersOf = (page) =>
  specs
    .filter(({ text }) => /^ *every(Block|Command)IsRun\(/m.test(text))
    .filter(({ text }) => marksOf(page).some((mark) => text.includes(mark)))
    .map(({ name }) => name)

test('each page with blocks to be run has a spec that runs them all', () => {
  const withBlocks = new Set(blocks.filter(isToBeRun).map(({ page }) => page))
  expect(withBlocks).toContain('README.md')
  for (const page of withBlocks) expect(runnersOf(page), page).toHaveLength(1)
})

test('what stands in a file of the project stands there like this', () => {
  for (const block of ofKind('from'))
    expect(read(block.about), `${at(block)}: ${block.about}`).toContain(block.code.trimEnd())
})

test('such a file is one of an example, which a spec installs and drives', () => {
  for (const { about, ...block } of ofKind('from'))
    expect(runnersOf(`examples/${exampleOf(about)}/README.md`), at(block)).toHaveLength(1)
})

test('JSON and YAML can be read', () => {
  for (const { lang, code, ...block } of blocks) {
    const parse = { json: JSON.parse, yaml: (text) => parseYaml(text, { strict: true }) }[lang]
    if (parse) expect(() => parse(code), at(block)).not.toThrow()
  }
})

test('Svelte components compile, without a warning', () => {
  for (const { code, ...block } of blocks.filter(({ lang }) => lang === 'svelte'))
    expect(compile(code, { generate: 'client' }).warnings, at(block)).toEqual([])
  expect(() => compile('<p>{</p>', {})).toThrow()
})

const { name: OURS } = JSON.parse(read('package.json'))
const isPath = (path) => existsSync(join(PACKAGE, path))

/** The scripts of the package that a page is about: an example's own, or ours. */
function scriptsFor({ page }) {
  const own = join(dirname(page), 'package.json')
  return JSON.parse(read(isPath(own) ? own : 'package.json')).scripts
}

/** What may stand in a block of shell commands, and when it is right. */
const COMMANDS = [
  [/^npm (?:run )?(start|test)$/, (script, block) => script in scriptsFor(block)],
  [
    /^(?:[A-Z]+=\S+ )?npm run (?:--silent )?([\w:-]+)(?: -- .*)?$/,
    (script, block) => script in scriptsFor(block),
  ],
  [
    /^npm (?:install|i)((?: --?[\w-]+)*)((?: [@\w./:-]+)*)$/,
    (_flags, packages) => packages.trim().split(/\s+/).every(isKnown),
  ],
  [/^npm pack$/, () => true],
  [/^npm version <version>$/, (block) => 'version' in scriptsFor(block)],
  [/^npx vitest run (\S+)(?: .*)?$/, isPath],
  [
    /^cargo (?:test|bench) -p ([\w-]+)$/,
    (crate) => read('Cargo.toml').includes(crate) || isPath(`src/${crate}`),
  ],
  [/^git clone <this repository>$/, () => true],
  [/^cd [\w-]+$/, () => true],
  [/^npx vite(?: build)?$/, () => true],
  [/^node (?:--[\w=-]+ )*(\S+)$/, (file, block) => isPath(file) || isFileOf(block, file)],
]

/** Packages that a reader is told to install: ours, a tarball of ours, and others by name. */
const OTHERS = ['express', 'fastify', 'vitest', 'vite', '@sveltejs/adapter-node']
const isKnown = (spec) => spec === '' || spec === OURS || /^\.\/.*\.tgz$/.test(spec) || OTHERS.includes(spec)

const isFileOf = ({ page }, file) =>
  blocks.some(({ page: other, kind, about }) => other === page && kind === 'file' && about === file)

/** What is wrong with a block of shell commands. */
function mistakes(block) {
  const lines = block.code.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim())
  const commands = lines.flatMap((line) => line.split(' && ')).filter(Boolean)
  return commands.filter((command) => {
    const rule = COMMANDS.find(([pattern]) => pattern.test(command))
    return !rule?.[1](...command.match(rule[0]).slice(1), block)
  })
}

test('shell commands are those of the project', () => {
  for (const block of blocks.filter(({ lang }) => lang === 'sh'))
    expect(mistakes(block), at(block)).toEqual([])
})

test('a wrong shell command is found', () => {
  const code =
    'npm run nothing && npm test\nnpx vitest run __test__/nothing\nrm -rf /\nnode nothing.mjs # a comment'
  expect(mistakes({ page: 'README.md', code })).toEqual([
    'npm run nothing',
    'npx vitest run __test__/nothing',
    'rm -rf /',
    'node nothing.mjs',
  ])
})
