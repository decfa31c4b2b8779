/** What the pages link to is there. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dirname, join as joinUrl } from 'node:path/posix'
import { expect, test } from 'vitest'
import { PACKAGE, anchorsOf, linksOf, pages } from './pages.mjs'

/** What is wrong with a link of a page. Addresses elsewhere are not asked. */
function mistake(page, target) {
  if (/^[a-z]+:/.test(target)) return
  const [path, anchor] = target.split('#')
  const file = path === '' ? page : joinUrl(dirname(page), path)
  if (!existsSync(join(PACKAGE, file))) return `${page}: there is no ${target}`
  if (anchor && file.endsWith('.md') && !anchorsOf(file).includes(anchor))
    return `${page}: no heading ${target}`
}

test('links lead to files and headings that exist', () => {
  expect(pages).toContain('README.md')
  const mistakes = pages.flatMap((page) => linksOf(page).map((target) => mistake(page, target)))
  expect(mistakes.filter(Boolean)).toEqual([])
})

test('a dead link is found', () => {
  expect(mistake('docs/hooks.md', 'nothing.md')).toMatch('there is no')
  expect(mistake('docs/hooks.md', 'rooms.md#nothing')).toMatch('no heading')
  expect(mistake('docs/hooks.md', 'rooms.md#closing')).toBeUndefined()
})
