/** Which pages may connect. */

import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { staged } from '../support/lifecycle.mjs'
import { upgradeRequest } from '../support/raw-client.mjs'

const { originRule } = createRequire(import.meta.url)('../../src/js/server/origins.js')

/** `[allowed, origin, host, is let in]` */
const TABLE = [
  ['same-host', 'https://app.example.org', 'app.example.org', true],
  ['same-host', 'http://app.example.org', 'app.example.org', true],
  ['same-host', 'https://app.example.org', 'app.example.org:443', true],
  ['same-host', 'http://app.example.org', 'app.example.org:443', false],
  ['same-host', 'http://localhost:5173', 'localhost:5173', true],
  ['same-host', 'http://localhost:5173', 'localhost:3000', false],
  ['same-host', 'http://localhost', '127.0.0.1', false],
  ['same-host', 'http://[::1]:3000', '[::1]:3000', true],
  ['same-host', 'https://APP.example.org', 'app.EXAMPLE.org', true],
  ['same-host', 'https://evil.org', 'app.example.org', false],
  ['same-host', 'https://app.example.org.evil.org', 'app.example.org', false],
  ['same-host', 'https://evil.org', 'x@evil.org', false],
  ['same-host', 'https://evil.org', 'evil.org/x', false],
  ['same-host', 'https://*.example.org', '*.example.org', false],
  ['same-host', 'null', 'app.example.org', false],
  ['same-host', '', 'app.example.org', false],
  ['same-host', 'garbage', 'app.example.org', false],
  ['same-host', 'https://a.org, https://b.org', 'a.org', false],
  ['same-host', 'https://app.example.org', undefined, false],
  ['same-host', undefined, 'app.example.org', true],
  [['https://example.org'], 'https://example.org', 'x', true],
  [['https://example.org:443'], 'https://example.org', 'x', true],
  [['https://EXAMPLE.org'], 'https://example.org', 'x', true],
  [['https://example.org/'], 'https://example.org', 'x', 'no origin'],
  [['https://example.org'], 'http://example.org', 'x', false],
  [['https://example.org'], 'https://example.org:8443', 'x', false],
  [['https://example.org'], 'https://sub.example.org', 'x', false],
  [['https://example.org'], 'https://example.org.evil.org', 'x', false],
  [['https://*.example.org'], 'https://sub.example.org', 'x', true],
  [['https://*.example.org'], 'https://a.b.example.org', 'x', true],
  [['https://*.example.org'], 'https://example.org', 'x', false],
  [['https://*.example.org'], 'https://evilexample.org', 'x', false],
  [['https://*.example.org'], 'https://*.example.org', 'x', false],
  [['https://*.example.org'], 'http://sub.example.org', 'x', false],
  [['http://*.localhost:5173'], 'http://a.localhost:5173', 'x', true],
  [['http://*.localhost:5173'], 'http://a.localhost', 'x', false],
  [['https://a.org', 'https://b.org'], 'https://b.org', 'x', true],
  [['tauri://localhost'], 'tauri://localhost', 'x', true],
  [['https://bücher.example'], 'https://xn--bcher-kva.example', 'x', true],
  [['null'], 'null', 'x', true],
  [['https://example.org'], 'null', 'x', false],
  [['https://example.org'], undefined, 'x', true],
  [[], 'https://example.org', 'x', false],
  [[], undefined, 'x', true],
  [['*'], 'https://example.org', 'x', 'no origin'],
  [['example.org'], 'https://example.org', 'x', 'no origin'],
  [['https://*'], 'https://example.org', 'x', 'no origin'],
  [['https://a.*.org'], 'https://a.b.org', 'x', 'no origin'],
  [[/example/], 'https://example.org', 'x', 'no origin'],
  [(origin) => origin === 'https://example.org', 'https://example.org', 'x', true],
  [(origin) => origin === 'https://example.org', 'https://b.org', 'x', false],
  [(origin) => origin === undefined, undefined, 'x', true],
  [(_origin, { headers }) => headers.host === 'x', 'https://b.org', 'x', true],
  [async () => true, 'https://example.org', 'x', false],
  [() => 'yes', 'https://example.org', 'x', false],
]

describe('the rule', () => {
  for (const [allowed, origin, host, expected] of TABLE) {
    const name = typeof allowed === 'function' ? `${allowed}` : JSON.stringify(allowed)
    test(`${name}: a page of ${origin} at ${host}: ${expected}`, () => {
      if (expected === 'no origin') return void expect(() => originRule(allowed)).toThrow('allowedOrigins')
      expect(originRule(allowed)(origin, { headers: { host } })).toBe(expected)
    })
  }

  test('there is none by default', () => {
    expect([originRule(undefined), originRule(false)]).toEqual([null, null])
  })
})

/** The status of an upgrade with this origin. */
async function knock(s, origin, headers = {}) {
  const client = await s.dial()
  const { status } = await client.write(upgradeRequest('/wss', { Origin: origin, ...headers })).response()
  if (status !== 101) await client.ended
  return status
}

staged('every origin may connect by default', async (s) => {
  expect(await knock(s, 'https://anywhere.example')).toBe(101)
})

staged(
  'a foreign page gets 403 before anything else happens, its own page and programs get in',
  async (s) => {
    const witness = await s.join()
    expect(await knock(s, 'https://evil.example')).toBe(403)
    expect(s.wss.client).toBe(1)
    expect(await knock(s, 'https://localhost')).toBe(101)
    expect(await knock(s, undefined)).toBe(101)
    await witness.quiet()
  },
  { options: { allowedOrigins: 'same-host' } },
)

staged(
  'behind a proxy that rewrites Host, X-Forwarded-Host does not help: a list does',
  async (s) => {
    const forwarded = { Host: 'inner:3000', 'X-Forwarded-Host': 'app.example.org' }
    expect(await knock(s, 'https://app.example.org', forwarded)).toBe(403)
    const other = s.roomServer({ path: '/listed', allowedOrigins: ['https://app.example.org'] })
    other.addWebsockets(s.server.http)
    const client = await s.dial()
    const request = upgradeRequest('/listed', { Origin: 'https://app.example.org', ...forwarded })
    expect((await client.write(request).response()).status).toBe(101)
  },
  { options: { allowedOrigins: 'same-host' } },
)

const throwing = (origin) => {
  if (origin === 'https://good.example') return true
  throw new Error('no idea')
}
staged(
  'a function that throws refuses, and the process lives',
  async (s) => {
    expect(await knock(s, 'https://bad.example')).toBe(403)
    expect(await knock(s, 'https://good.example')).toBe(101)
  },
  { options: { allowedOrigins: throwing } },
)
