/** Files of the pages that stand for themselves: each is run, and does what its page says. */

import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { PageFolder } from './page-folder.mjs'
import { blocks } from './pages.mjs'

let folder
const open = (page) => {
  folder = new PageFolder(page)
  return folder
}
beforeEach(() => {
  folder = undefined
})
afterEach(() => folder?.remove())

test('each page with files has a test that runs them', () => {
  const pages = new Set(blocks.filter(({ kind }) => kind === 'file').map(({ page }) => page))
  expect([...pages].sort()).toEqual(['docs/client.md', 'docs/faq.md', 'docs/guide.md', 'docs/testing.md'])
})

test('testing.md: its test passes in vitest', { timeout: 60_000 }, async () => {
  const { code, output } = await open('docs/testing.md').run(['node_modules/vitest/vitest.mjs', 'run'])
  expect(code, output).toBe(0)
  expect(output).toMatch(/Tests {2}1 passed/)
})

test('faq.md: a leader is chosen, and another one when it leaves', async () => {
  await import(/* @vite-ignore */ pathToFileURL(`${open('docs/faq.md').folder}/leader.mjs`).href)
  const rooms = await startRooms({ wss, timeoutMs: 10_000 })
  try {
    const [first, , third] = [
      await rooms.join({ clientState: { mayLead: 'true' } }),
      await rooms.join({ clientState: {} }),
      await rooms.join({ clientState: { mayLead: 'true' } }),
    ]
    await rooms.waitFor('room', ({ state }) => state.leader === first.id)
    await first.cut()
    await rooms.waitFor('room', ({ state }) => state.leader === third.id)
    await third.close()
    await rooms.waitFor('room', ({ state }) => !('leader' in state))
  } finally {
    await rooms.stop()
  }
})
