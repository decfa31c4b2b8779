/** What can be said about the conformance suite without playing it: what is expected of it, and that nothing of it is shipped. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { staged } from '../../support/lifecycle.mjs'

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('of the 301 core cases all are expected to pass, and only two do so less strictly than they could', () => {
  const { core } = JSON.parse(read('expected.json'))
  const results = Object.entries(core).map(([id, result]) => [id, ...result.split(', ')])
  expect(results).toHaveLength(301)
  const withBehaviour = (wanted) => results.filter(([, behaviour]) => behaviour === wanted).map(([id]) => id)
  expect(withBehaviour('NON-STRICT')).toEqual(['6.4.3', '6.4.4'])
  expect(withBehaviour('INFORMATIONAL')).toEqual(['7.1.6', '7.13.1', '7.13.2'])
  expect(withBehaviour('OK')).toHaveLength(296)
  for (const [id, , close] of results)
    expect([id, close]).toEqual([id, expect.stringMatching(/^(OK|INFORMATIONAL)$/)])
})

staged('the addon that is built for applications echoes nothing', async (s) => {
  const client = await s.connect()
  client.sendText('Hello-conformance')
  const { code, reason } = await client.closed
  expect([code, reason]).toEqual([1002, expect.stringMatching(/^error: invalid JSON/)])
  await expect(client.nextRaw()).rejects.toThrow('no message will come')
})

test('no script that builds for applications turns the feature on, and it is on in no build by itself', () => {
  const { scripts } = JSON.parse(read('../../../package.json'))
  for (const name of ['build', 'build:debug', 'prepublishOnly']) expect(scripts[name]).not.toMatch(/feature/)
  for (const manifest of ['../../../Cargo.toml', '../../../src/engine/Cargo.toml']) {
    const [, features] = read(manifest).split('[features]')
    expect(features).toMatch(/^conformance = /m)
    expect(features.split('\n[')[0]).not.toMatch(/^default\b.*conformance/m)
  }
})
