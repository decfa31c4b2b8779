/** The API reference is made of all that can be imported. */

import { expect, test } from 'vitest'
import { read } from './pages.mjs'

/** The declarations that an entry of `exports` names, whatever the conditions. */
const typesIn = (entry) =>
  typeof entry !== 'object'
    ? []
    : Object.entries(entry).flatMap(([key, value]) => (key === 'types' ? [value] : typesIn(value)))

test('the declarations of each subpath are in the reference', () => {
  const { exports } = JSON.parse(read('package.json'))
  const { entryPoints } = JSON.parse(read('.ci/api-docs/typedoc.json'))
  const { files } = JSON.parse(read('.ci/api-docs/tsconfig.json'))
  const covered = entryPoints.map((path) => path.replace('../../', './'))
  expect(files).toEqual(entryPoints)
  expect(Object.keys(exports).length).toBeGreaterThan(4)
  for (const [subpath, entry] of Object.entries(exports)) {
    const types = typesIn(entry)
    if (types.length > 0)
      expect(
        types.some((path) => covered.includes(path)),
        subpath,
      ).toBe(true)
  }
})
