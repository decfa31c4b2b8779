/** The attacks of `npm run test:hostile`, a hundred times smaller: the server stands, the witness is served, nothing stays. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { Arena } from './arena.mjs'
import { ATTACKS } from './attacks.mjs'

const SCALE = 0.01

let arena
beforeAll(async () => (arena = await Arena.open()))
afterAll(() => arena.close())

for (const [name, attack] of Object.entries(ATTACKS))
  test(name, { timeout: 60_000 }, async () => {
    const { p99 } = await arena.stand(attack, SCALE)
    // Seconds would mean that the witness had to wait for the attackers; the figures are those of the full size.
    expect(p99).toBeLessThan(5000)
  })
