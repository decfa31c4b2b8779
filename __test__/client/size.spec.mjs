/** What the client weighs in a page, and that it brings nothing along. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const input = fileURLToPath(new URL('../../src/js/client/index.mjs', import.meta.url))

test('bundled for a page, minified and gzipped it is less than 5 kB, and imports nothing', async () => {
  const build = await rolldown({ input, platform: 'browser' })
  const { output } = await build.generate({ format: 'esm', minify: true })
  expect(output).toHaveLength(1)
  const [{ code, imports, dynamicImports, exports }] = output
  expect([imports, dynamicImports, exports]).toEqual([[], [], ['RoomClientError', 'connect']])
  expect(gzipSync(code).length).toBeLessThan(5_000)
})

test('a page loads its files as they are: all imports are relative, and of files that are there', async () => {
  const seen = new Set()
  const visit = (url) => {
    if (seen.has(url.href)) return
    seen.add(url.href)
    const text = readFileSync(url, 'utf8')
    for (const [, from] of text.matchAll(/^(?:import|export)\b[^'";]*?from '([^']+)'/gm)) {
      expect(from).toMatch(/^\.\.?\/.*\.mjs$/)
      visit(new URL(from, url))
    }
  }
  visit(new URL('../../src/js/client/index.mjs', import.meta.url))
  expect(seen.size).toBeGreaterThan(5)
})
