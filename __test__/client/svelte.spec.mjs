/** The Svelte examples of docs/client.md: the class of runes, run in a page's build of Svelte beside a server. The pages' test compiles the components. */

import { basename, join } from 'node:path'
import { rolldown } from 'rolldown'
import { compileModule } from 'svelte/compiler'
import { get } from 'svelte/store'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { blocksOf, PACKAGE } from '../docs/pages.mjs'
import { hello, onStage, PACKAGES } from './support.mjs'

const code = (name) => blocksOf('docs/client.md').find(({ about }) => about === name).code

/** An application around the example, in the package's folder, where its imports are found. */
const FILES = {
  [join(PACKAGE, 'app.svelte.js')]: `
    import { Table } from './table.svelte.js'
    export { Table }
    export const follow = (table, see) => $effect.root(() => { $effect(() => see(table.now)) })
  `,
  [join(PACKAGE, 'table.svelte.js')]: code('table.svelte.js'),
}

/** As a bundler makes it for a page. */
async function loadApplication() {
  const svelte = {
    name: 'svelte modules',
    resolveId: (id) => Object.keys(FILES).find((file) => basename(file) === basename(id)),
    load: (id) => (id in FILES ? compileModule(FILES[id], { generate: 'client' }).js.code : null),
  }
  const input = Object.keys(FILES)[0]
  const build = await rolldown({ input, cwd: PACKAGE, platform: 'browser', plugins: [svelte] })
  const { output } = await build.generate({ format: 'esm' })
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)
}

onStage(PACKAGES[0], 'the class of runes: an effect that reads from it follows the room', async (s) => {
  const { Table, follow } = await loadApplication()
  globalThis.WebSocket ??= WebSocket
  const table = new Table(s.server.url(), hello())
  const seen = []
  const stop = follow(table, ({ status, state }) => seen.push(`${status} ${Object.keys(state)}`))
  await expect.poll(() => seen.at(-1)).toBe('open ')
  expect(seen[0]).toBe('connecting ')
  table.play('1')
  await expect.poll(() => seen.at(-1)).toBe('open card:1')
  stop()
  await table.leave()
  expect(seen.at(-1)).toBe('open card:1')
})

onStage(PACKAGES[0], 'svelte/store reads a client', async (s) => {
  const client = await s.enter()
  expect(get(client)).toBe(client.snapshot)
})
