/** A short fuzz of the addon; `npm run fuzz:js` is the long one. */

import { expect, test } from 'vitest'
import { fuzz } from './run.mjs'

test('intruders and hooks that misbehave disturb nobody else', { timeout: 90_000 }, async () => {
  const seed = Date.now() % 2 ** 32
  console.log(`seed ${seed}: npm run fuzz:js -- --seconds 10 --seed ${seed}`)
  const { lives, changes } = await fuzz({ seconds: 10, seed })
  expect(lives).toBeGreaterThan(50)
  expect(changes).toBeGreaterThan(100)
})
