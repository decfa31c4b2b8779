/** The subpath as it is imported: by Node both ways, by a page; and its tables beside those of the documentation. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import * as imported from '@cgreenhalgh/websocket-room-server/protocol'
import server from '@cgreenhalgh/websocket-room-server'

const required = createRequire(import.meta.url)('@cgreenhalgh/websocket-room-server/protocol')
const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const read = (name) => readFileSync(path(name), 'utf8')

test('require and import give the same values, and the declared ones', () => {
  const declarations = read('src/js/protocol/index.d.cts')
  const declared = declarations.matchAll(/^export declare (?:const|enum|function) (\w+)/gm)
  const names = [...new Set(Array.from(declared, ([, name]) => name))].sort()
  expect(Object.keys(imported).sort()).toEqual(names)
  expect(Object.keys(required).sort()).toEqual(names)
  expect(server.MESSAGE_TYPE).toBe(required.MESSAGE_TYPE)
  expect({ ...imported.MESSAGE_TYPE }).toEqual({ ...required.MESSAGE_TYPE })
})

test('index.cjs is what npm run build:protocol makes', async () => {
  const build = await rolldown({ input: path('src/js/protocol/index.mjs') })
  const { output } = await build.generate({ format: 'cjs' })
  const committed = read('src/js/protocol/index.cjs')
  expect(committed.slice(committed.indexOf('\n') + 1)).toBe(output[0].code)
})

test('the declared close codes are there', () => {
  const declarations = read('src/js/protocol/index.d.cts')
  const declared = declarations.matchAll(/^ {2}readonly (\w+): (\d+)$/gm)
  expect(Array.from(declared, ([, name, code]) => [name, Number(code)])).toEqual(
    Object.entries(imported.CLOSE_CODE),
  )
})

/** When docs/close-codes.md tells clients to come back. */
const toldWhen = (text) =>
  text.startsWith('no') ? 'never' : text.includes('a longer random delay') ? 'later' : 'soon'

test('docs/close-codes.md says of each code what comeback() says', () => {
  const rows = read('docs/close-codes.md').matchAll(/^\| (\d{4}) \|.*\| ([^|]*) \|$/gm)
  const told = Array.from(rows, ([, code, text]) => [Number(code), toldWhen(text)])
  expect(told).toEqual(Object.values(imported.CLOSE_CODE).map((code) => [code, imported.comeback(code)]))
})

test.each([
  [1003, 'never'],
  [3000, 'never'],
  [4099, 'never'],
  [4100, 'soon'],
  [4150, 'soon'],
  [4200, 'never'],
  [4599, 'never'],
])('%i: a client comes back %s', (code, when) => expect(imported.comeback(code)).toBe(when))

test.each(['@cgreenhalgh/websocket-room-server/protocol', '@cgreenhalgh/websocket-room-server'])(
  'a page that imports %s gets the constants and no server code',
  async (name) => {
    const code = `export { PROTOCOL, MESSAGE_TYPE } from '${name}'`
    const entry = {
      name: 'entry',
      resolveId: (id) => (id === 'entry' ? id : null),
      load: (id) => (id === 'entry' ? code : null),
    }
    const build = await rolldown({
      input: 'entry',
      cwd: path('.'),
      platform: 'browser',
      plugins: [entry],
      logLevel: 'silent',
    })
    const { output } = await build.generate({ format: 'esm' })
    const page = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)
    expect(output[0].imports).toEqual([])
    expect([page.PROTOCOL, page.MESSAGE_TYPE[3]]).toEqual([imported.PROTOCOL, 'CHANGE_NOTIF'])
  },
)
