/** The table in docs/divergences.md and the tests name the same differences. */

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const USE = /\b(?:differs|repaired|dropped|divergence)\(\s*'([a-z-]+)'/g
const ROW = /^\| `([a-z-]+)` \|/gm

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')
const ids = (texts, pattern) =>
  [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, id]) => id)))].sort()

test('every difference in the tests has a row, and every row a test', () => {
  const files = ['./suite/', '../lifecycle/'].flatMap((folder) =>
    readdirSync(new URL(folder, import.meta.url))
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => folder + name),
  )
  const table = read('../../docs/divergences.md')
  expect(ids(files.map(read), USE)).toEqual(ids([table], ROW))
})

test('the rows are in order, each id once', () => {
  const rows = [...read('../../docs/divergences.md').matchAll(ROW)].map(([, id]) => id)
  expect(rows).toEqual([...new Set(rows)].sort())
})
