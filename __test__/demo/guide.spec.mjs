/** The page that docs/guide.md builds, in a real browser: two people and one who watches, while the server restarts. */

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PageFolder } from '../docs/page-folder.mjs'
import { Page } from '../docs/page.mjs'
import { freePort } from '../support/server.mjs'
import { ARGS, findChromium } from './support.mjs'

const VITE = ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1', '--port']
const executablePath = findChromium()

describe.skipIf(!executablePath)('the page of the guide', { timeout: 60_000 }, () => {
  let guide
  let browser
  let url

  beforeAll(async () => {
    guide = new PageFolder(new Page('docs/guide.md'))
    ;({ url } = await guide.serve([...VITE, String(await freePort())]))
    browser = await chromium.launch({ executablePath, args: ARGS })
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await guide.remove()
  })

  async function open(name) {
    const page = await (await browser.newContext()).newPage()
    page.on('pageerror', (error) => errors.push(error.message))
    await watchForLoss(page)
    await page.goto(name ? `${url}/?name=${name}` : url)
    await page.getByText('open:').waitFor()
    return page
  }
  const errors = []
  /** By page: fulfilled when it has said that it reconnects, for however short a time. */
  const losses = new Map()

  async function watchForLoss(page) {
    losses.set(page, new Promise((lost) => page.exposeFunction('lost', lost)))
    await page.addInitScript(() => {
      const look = () => globalThis.document.body?.textContent.includes('reconnecting:') && globalThis.lost()
      new globalThis.MutationObserver(look).observe(globalThis.document, {
        subtree: true,
        childList: true,
        characterData: true,
      })
    })
  }
  const items = (page) => page.locator('li').allTextContents()

  test('what one does the others see; who gives no name watches; a restart of vite is bridged', async () => {
    const [ann, bob, watcher] = [await open('Ann'), await open('Bob'), await open()]
    await ann.getByText('open: Ann, Bob').waitFor()
    expect(await watcher.locator('form').isHidden()).toBe(true)

    await ann.locator('input').fill('milk')
    await ann.getByRole('button', { name: 'Add' }).click()
    for (const page of [ann, bob, watcher]) await page.getByText('milk').waitFor()
    await bob.locator('input').fill('bread')
    await bob.keyboard.press('Enter')
    await watcher.getByText('bread').waitFor()
    expect(await items(watcher)).toEqual(['milk', 'bread'])

    await watcher.getByText('milk').click() // can't
    await ann.getByText('bread').click()
    for (const page of [ann, bob, watcher]) await page.getByText('bread').waitFor({ state: 'detached' })
    expect(await items(watcher)).toEqual(['milk'])

    await bob.getByRole('button', { name: 'Clear' }).click()
    for (const page of [ann, bob, watcher]) await page.getByText('milk').waitFor({ state: 'detached' })

    appendFileSync(join(guide.folder, 'vite.config.js'), '// touched\n') // vite restarts
    await Promise.all(losses.values())
    for (const page of [ann, bob, watcher]) await page.getByText('open:').waitFor()
    await ann.locator('input').fill('eggs')
    await ann.keyboard.press('Enter')
    for (const page of [ann, bob, watcher]) await page.getByText('eggs').waitFor()
    expect(errors).toEqual([])
  })
})
