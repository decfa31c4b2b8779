/** Every block of the pages is tried in some way, or says why it can't be. code.spec.mjs has those in JavaScript and TypeScript,
 * nginx.spec.mjs those for nginx. */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compile } from 'svelte/compiler'
import { parse as parseYaml } from 'yaml'
import { expect, test } from 'vitest'
import { PACKAGE, blocks, read } from './pages.mjs'

/** Not run, by page. Who adds one says why in the comment before the block, and counts it here. */
const NOT_RUN = { 'docs/MIGRATING.md': 1, 'docs/operations.md': 1 }

/** What isn't code: drawings, and what programs print. */
const PROSE = ['', 'text']
const COMPILED = ['js', 'javascript', 'ts', 'typescript', 'cjs']

const at = ({ page, line }) => `${page}:${line}`
const run = blocks.filter(({ kind }) => kind !== 'not run')

test('blocks that are not run say why, and are counted', () => {
  const skipped = blocks.filter(({ kind }) => kind === 'not run')
  for (const { about } of skipped) expect(about.length).toBeGreaterThan(8)
  const counts = {}
  for (const { page } of skipped) counts[page] = (counts[page] ?? 0) + 1
  expect(counts).toEqual(NOT_RUN)
})

test('every block has a way to be tried', () => {
  const tried = [...PROSE, ...COMPILED, 'sh', 'json', 'yaml', 'svelte', 'nginx']
  const untried = run.filter(({ lang, kind }) => !tried.includes(lang) && kind === undefined)
  expect(untried.map((block) => `${at(block)}: ${block.lang}`)).toEqual([])
})

test('what stands in a file of the project stands there like this', () => {
  for (const block of run.filter(({ kind }) => kind === 'from'))
    expect(read(block.about), `${at(block)}: ${block.about}`).toContain(block.code.trimEnd())
})

test('JSON and YAML can be read', () => {
  for (const { lang, code, ...block } of run) {
    const parse = { json: JSON.parse, yaml: (text) => parseYaml(text, { strict: true }) }[lang]
    if (parse) expect(() => parse(code), at(block)).not.toThrow()
  }
})

test('Svelte components compile, without a warning', () => {
  for (const { code, ...block } of run.filter(({ lang }) => lang === 'svelte'))
    expect(compile(code, { generate: 'client' }).warnings, at(block)).toEqual([])
  expect(() => compile('<p>{</p>', {})).toThrow()
})

const { name } = JSON.parse(read('package.json'))
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
const isKnown = (spec) => spec === '' || spec === name || /^\.\/.*\.tgz$/.test(spec) || OTHERS.includes(spec)

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
  for (const block of run.filter(({ lang }) => lang === 'sh')) expect(mistakes(block), at(block)).toEqual([])
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
