/**
 * The project's pages of Markdown: their code blocks, links and headings.
 *
 * A comment in the line before a block says what becomes of it, where that isn't clear from its language:
 *
 *     <!-- file: server.mjs -->             a file of what the page builds up; a test of its own runs all of them together
 *     <!-- from: examples/express/app.js --> stands like this in that file, which has a test of its own
 *     <!-- looked up: a whole suite -->      shell commands that exist, but aren't run by the tests of the pages, for this reason
 *     <!-- not run: needs Docker -->        can't be tried here, for this reason
 *
 * All the others, and the files, are run by the page's test: see page.mjs.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PACKAGE } from '../support/child.mjs'

export { PACKAGE }

const FENCE = /^( *)```(\S*)[^\n]*\n(.*?)^\1```$/gms
const MARKER = /<!-- (file|from|looked up|not run): (.+?) -->\n*$/
const LINK = /(?<!!)\[[^\]]*\]\(([^)\s]+)\)/g
const HEADING = /^#{1,6} (.+)$/gm

/** Where pages are, beside the package's own folder. */
const FOLDERS = ['docs', 'examples', ...subfolders('examples')]

function subfolders(folder) {
  const at = join(PACKAGE, folder)
  const entries = existsSync(at) ? readdirSync(at, { withFileTypes: true }) : []
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${folder}/${name}`)
}

function pagesIn(folder) {
  const names = existsSync(join(PACKAGE, folder)) ? readdirSync(join(PACKAGE, folder)) : []
  return names
    .filter((name) => name.endsWith('.md'))
    .map((name) => (folder === '.' ? name : `${folder}/${name}`))
}

/** Their paths in the package. */
export const pages = ['.', ...FOLDERS].flatMap(pagesIn)

export const read = (path) => readFileSync(join(PACKAGE, path), 'utf8')

/**
 * The code blocks of a page.
 * @returns {{ page: string, line: number, lang: string, code: string, kind?: 'file' | 'from' | 'looked up' | 'not run', about?: string }[]}
 *   `line`: where its code begins
 */
export function blocksOf(page) {
  const text = read(page)
  return [...text.matchAll(FENCE)].map(({ 1: indent, 2: lang, 3: code, index }) => {
    const before = text.slice(0, index)
    const [, kind, about] = before.match(MARKER) ?? []
    const line = before.split('\n').length + 1
    return { page, line, lang, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), kind, about }
  })
}

export const blocks = pages.flatMap(blocksOf)

/** Drawings, and what programs print. */
const PROSE = ['', 'text']
/** Tried in other ways: blocks.spec.mjs has those that are marked. */
const TRIED_ELSEWHERE = ['from', 'looked up', 'not run']

/** Settings, all of which proxies.spec.mjs tries in the proxies themselves. */
export const PROXIES = ['nginx', 'caddy']

/** Must the spec of its page run this block? */
export const isToBeRun = ({ lang, kind }) =>
  ![...PROSE, ...PROXIES].includes(lang) && !TRIED_ELSEWHERE.includes(kind)

/** Where a block stands, for messages. */
export const at = ({ page, line }) => `${page}:${line}`

/** What a page links to: targets as they stand there. */
export const linksOf = (page) => [...withoutCode(page).matchAll(LINK)].map(([, target]) => target)

/** The names by which the headings of a page can be linked to, as GitHub makes them. */
export const anchorsOf = (page) =>
  [...read(page).replaceAll(FENCE, '').matchAll(HEADING)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )

const withoutCode = (page) =>
  read(page)
    .replaceAll(FENCE, '')
    .replaceAll(/`[^`\n]+`/g, '')
