/** The contract of Svelte's stores, by Svelte's own. __test__/docs/client.spec.mjs has components in a page. */

import { get } from 'svelte/store'
import { expect } from 'vitest'
import { onStage, PACKAGES } from './support.mjs'

for (const pkg of PACKAGES)
  onStage(pkg, `svelte/store reads a client of ${pkg.name}`, async (s) => {
    const client = await s.enter()
    expect(get(client)).toBe(client.snapshot)
  })
