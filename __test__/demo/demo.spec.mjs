/** The demo in a real browser: two people, a watcher, a phone, and a server that goes away. */
/* global document, location */
import { writeFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ARGS, findChromium, startDemo } from './support.mjs'

const DESKTOP = { viewport: { width: 1280, height: 800 } }
const PHONE = {
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
}
const SCREENSHOT = new URL('../../docs/demo.png', import.meta.url)
const executablePath = findChromium()

test('a browser was found', ({ skip }) => {
  if (executablePath) return
  const reason = 'The browser test of the demo was NOT run: there is no Chromium. Set CHROMIUM to its path.'
  if (process.env.CI) throw new Error(reason)
  console.warn(reason)
  skip(reason)
})

describe.skipIf(!executablePath)('the demo', { timeout: 30_000 }, () => {
  let demo
  let browser
  let contexts = []
  const errors = []

  beforeAll(async () => {
    demo = await startDemo()
    browser = await chromium.launch({ executablePath, args: ARGS })
  }, 60_000)

  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()))
    contexts = []
    expect(errors.splice(0)).toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    await demo?.stop()
  })

  /** A window of its own with somebody in it; resolves when the room is there. */
  async function visit(query, name = 'Guest', options = DESKTOP, { url } = demo) {
    const context = await browser.newContext(options)
    contexts.push(context)
    await context.addInitScript((text) => sessionStorage.setItem('name', text), name)
    const page = await context.newPage()
    page.on('pageerror', (error) => errors.push(`${name}: ${error.message}`))
    await page.goto(`${url}?${query}`)
    await status(page, 'open')
    await page.locator('.card').first().waitFor()
    return page
  }

  const status = (page, state) => page.locator(`#status[data-state=${state}]`).waitFor()
  const names = (page) => page.locator('#people .name').allTextContents()
  const card = (page, text) => page.locator('.card').filter({ hasText: text })
  const place = (page, text) =>
    card(page, text).evaluate(({ style }) =>
      ['--x', '--y'].map((axis) => Number(style.getPropertyValue(axis))),
    )
  const places = (page) =>
    page
      .locator('.card')
      .evaluateAll((cards) => cards.map(({ style }) => style.cssText.match(/--[xy]: [^;]+/g)))

  async function grab(page, text) {
    const box = await card(page, text).boundingBox()
    const at = { x: box.x + box.width / 2, y: box.y + box.height * 0.8 }
    await page.mouse.move(at.x, at.y)
    await page.mouse.down()
    return (right, down) => page.mouse.move(at.x + right, at.y + down, { steps: 6 })
  }

  async function drag(page, text, right, down) {
    const dragTo = await grab(page, text)
    await dragTo(right, down)
    await page.mouse.up()
  }

  test('people see each other come, change their names and go', async () => {
    const ada = await visit('room=people', 'Ada Lovelace')
    const grace = await visit('room=people', 'Grace Hopper')
    await expect.poll(() => names(ada)).toEqual(['Grace Hopper'])
    await expect.poll(() => names(grace)).toEqual(['Ada Lovelace'])
    await expect.poll(() => ada.locator('.panel .count').textContent()).toBe('2')
    await expect.poll(() => ada.locator('#my-face').textContent()).toBe('AL')

    await grace.getByLabel('Your name').fill('Rear Admiral')
    await grace.keyboard.press('Enter')
    await expect.poll(() => names(ada)).toEqual(['Rear Admiral'])
    await expect.poll(() => grace.locator('#my-face').textContent()).toBe('RA')

    await grace.close()
    await expect.poll(() => names(ada)).toEqual([])
  })

  test('a card moves for everybody while it is dragged', async () => {
    const ada = await visit('room=drag', 'Ada')
    const grace = await visit('room=drag', 'Grace')
    const before = await place(grace, 'Drag me')
    const dragTo = await grab(ada, 'Drag me')
    await dragTo(300, 200)

    await expect.poll(() => place(grace, 'Drag me')).not.toEqual(before)
    await expect.poll(() => card(grace, 'Drag me').getAttribute('data-holder')).toBe('Ada')
    await expect.poll(() => grace.locator('.cursor').count()).toBe(1)
    await dragTo(360, 240)
    await ada.mouse.up()

    await expect.poll(() => card(grace, 'Drag me').getAttribute('data-holder')).toBe('')
    const after = await place(ada, 'Drag me')
    expect(after[0]).toBeGreaterThan(before[0] + 0.3)
    await expect.poll(() => place(grace, 'Drag me')).toEqual(after)
  })

  test('when two drag one card, both end up with the same table', async () => {
    const ada = await visit('room=tug', 'Ada')
    const grace = await visit('room=tug', 'Grace')
    const [pullAda, pullGrace] = [await grab(ada, 'Drag me'), await grab(grace, 'Drag me')]
    for (let step = 1; step <= 5; step += 1) {
      await Promise.all([pullAda(step * 80, step * 10), pullGrace(step * 10, step * 60)])
    }
    await Promise.all([ada.mouse.up(), grace.mouse.up()])
    const late = await visit('room=tug', 'Late')
    await expect
      .poll(async () => [await places(ada), await places(grace)])
      .toEqual([await places(late), await places(late)])
  })

  test('shuffling runs on the server and is seen by all', async () => {
    const ada = await visit('room=shuffle', 'Ada')
    const grace = await visit('room=shuffle', 'Grace')
    const before = await places(grace)
    await ada.getByRole('button', { name: 'Shuffle', exact: true }).click()
    await expect.poll(() => grace.locator('#said').textContent()).toBe('Ada shuffled the cards')
    await expect.poll(() => places(grace)).not.toEqual(before)
    await expect.poll(async () => (await places(ada)).join() === (await places(grace)).join()).toBe(true)
  })

  test('cards are added, edited, moved by the keyboard and deleted', async () => {
    const ada = await visit('room=edit', 'Ada')
    const grace = await visit('room=edit', 'Grace')
    await ada.getByRole('button', { name: 'Add card' }).click()
    await ada.keyboard.type('<b>Milk</b> & honey')
    await ada.keyboard.press('Enter')
    await card(grace, '<b>Milk</b> & honey').waitFor()
    expect(await grace.locator('.card b').count()).toBe(0)

    await card(grace, 'Milk').dblclick()
    await grace.keyboard.type('Just tea')
    await grace.keyboard.press('Enter')
    await card(ada, 'Just tea').waitFor()

    const before = await place(ada, 'Just tea')
    await grace.keyboard.press('Shift+ArrowLeft')
    await grace.keyboard.press('ArrowDown')
    await expect
      .poll(() => place(ada, 'Just tea'))
      .toEqual([expect.closeTo(before[0] - 0.1, 3), expect.closeTo(before[1] + 0.02, 3)])

    await grace.keyboard.press('Delete')
    await expect.poll(() => card(ada, 'Just tea').count()).toBe(0)
    await card(ada, 'Drag me').hover()
    await ada.getByRole('button', { name: 'Delete card: Drag me around' }).click()
    await expect.poll(() => grace.locator('.card').count()).toBe(5)
  })

  test('the read-only link shows everything and moves nothing', async () => {
    const ada = await visit('room=watch', 'Ada')
    const link = new URL(await ada.getByLabel('Read-only: just watching').inputValue())
    expect(link.origin).toBe(new URL(demo.url).origin)
    await ada.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await ada.getByRole('button', { name: 'Copy the read-only link' }).click()
    await expect.poll(() => ada.evaluate(() => navigator.clipboard.readText())).toBe(link.href)

    const watcher = await visit(link.search.slice(1), 'Watcher')
    await watcher.getByText('You are watching').waitFor()
    expect(await watcher.getByRole('button', { name: 'Shuffle', exact: true }).count()).toBe(0)
    expect(await names(watcher)).toEqual(['Ada'])
    expect(await names(ada)).toEqual([])
    const before = await places(watcher)
    await drag(watcher, 'Drag me', 300, 200)
    expect(await places(watcher)).toEqual(before)

    await drag(ada, 'Drag me', 300, 200)
    await expect.poll(() => place(watcher, 'Drag me')).toEqual(await place(ada, 'Drag me'))
  })

  test('the server refuses a watcher who goes around the page', async () => {
    const watcher = await visit('room=forge&watch', 'Mallory')
    const closed = await watcher.evaluate(() => {
      const socket = new WebSocket(`ws://${location.host}/wss`)
      const greeting = {
        protocol: 'websocket-room-server:1',
        roomProtocol: 'cards:1',
        roomId: 'forge',
      }
      socket.onopen = () => socket.send(JSON.stringify({ ...greeting, clientState: {}, readonly: true }))
      const roomChanges = [{ key: 'card:first0:at', value: '0 0 99' }]
      socket.onmessage = () => socket.send(JSON.stringify({ type: 2, roomChanges }))
      return new Promise((resolve) => {
        socket.onclose = ({ code, reason }) => resolve({ code, reason })
      })
    })
    expect(closed).toEqual({
      code: 1002,
      reason: 'error: readonly client cannot change room state',
    })
  })

  test('a room name that the server does not take is explained', async () => {
    const context = await browser.newContext(DESKTOP)
    contexts.push(context)
    const page = await context.newPage()
    await page.goto(`${demo.url}?room=no/such/room`)
    await status(page, 'closed')
    await page.getByText('A room name has').waitFor()
    await page.getByRole('link', { name: 'Go to the lobby' }).click()
    await status(page, 'open')
  })

  test('everybody comes back by themselves when the server does', async () => {
    let own = await startDemo()
    onTestFinished(() => own.stop())
    const ada = await visit('room=back', 'Ada', DESKTOP, own)
    const grace = await visit('room=back', 'Grace', DESKTOP, own)
    await own.stop('SIGKILL')
    await Promise.all([status(ada, 'reconnecting'), status(grace, 'reconnecting')])
    await ada.getByText('Trying to get back').waitFor()
    expect(await ada.getByRole('button', { name: 'Shuffle', exact: true }).isDisabled()).toBe(true)

    own = await startDemo({ port: own.port })
    await Promise.all([status(ada, 'open'), status(grace, 'open')])
    await expect.poll(() => names(ada)).toEqual(['Grace'])
    expect(await ada.locator('#banner').isHidden()).toBe(true)
    await drag(ada, 'Drag me', 200, 150)
    await expect.poll(() => place(grace, 'Drag me')).toEqual(await place(ada, 'Drag me'))
  })

  test('it works on a phone', async () => {
    const ada = await visit('room=phone', 'Ada')
    const phone = await visit('room=phone', 'Phone', PHONE)
    const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth
    expect(await phone.evaluate(overflow)).toBe(0)

    expect(await phone.locator('#panel').isVisible()).toBe(false)
    await phone.getByRole('button', { name: /People and links/ }).tap()
    await phone.locator('#people .name', { hasText: 'Ada' }).waitFor()
    await phone.getByRole('button', { name: 'Close' }).tap()
    await expect.poll(() => phone.locator('#panel').isVisible()).toBe(false)

    const before = await place(ada, 'Drag me')
    await swipe(phone, await card(phone, 'Drag me').boundingBox(), { right: 60, down: 220 })
    await expect.poll(async () => (await place(ada, 'Drag me'))[1]).toBeGreaterThan(before[1] + 0.2)

    await card(phone, 'Shuffle deals').tap()
    await card(phone, 'Shuffle deals').tap()
    await phone.getByLabel('Text of the card').fill('From the phone')
    await phone.keyboard.press('Enter')
    await card(ada, 'From the phone').waitFor()
  })

  if (process.env.UPDATE_SCREENSHOT) {
    test('the screenshot for the documentation', async () => {
      const ada = await visit('room=studio', 'Ada Lovelace', { ...DESKTOP, deviceScaleFactor: 2 })
      const alan = await visit('room=studio', 'Alan Turing', { ...PHONE, colorScheme: 'dark' })
      const grace = await visit('room=studio', 'Grace Hopper')
      const joan = await visit('room=studio', 'Joan Clarke')
      const carry = await grab(grace, 'Send a friend')
      await carry(-40, -150)
      await joan.mouse.move(740, 420)
      await ada.locator('.link input').evaluateAll(showUsualAddress)
      for (const page of [ada, alan]) {
        await expect.poll(() => page.locator('.cursor').count()).toBe(2)
        await page.locator('.held').waitFor()
        await page.locator('.card').evaluateAll(atRest)
      }
      const pictures = [await ada.screenshot(), await alan.screenshot()]
      await writeFile(SCREENSHOT, await sideBySide(pictures))
    })
  }

  /** A finger that goes down in the middle of `box`, moves and lifts. */
  async function swipe(page, box, { right, down }) {
    const client = await page.context().newCDPSession(page)
    const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    const touch = (type, touchPoints) => client.send('Input.dispatchTouchEvent', { type, touchPoints })
    await touch('touchStart', [from])
    for (const part of [0.25, 0.5, 0.75, 1]) {
      await touch('touchMove', [{ x: from.x + right * part, y: from.y + down * part }])
    }
    await touch('touchEnd', [])
  }

  async function sideBySide(pictures) {
    const context = await browser.newContext({
      viewport: { width: 1400, height: 700 },
      deviceScaleFactor: 1.5,
    })
    contexts.push(context)
    const page = await context.newPage()
    const images = pictures.map((png) => `<img src="data:image/png;base64,${png.toString('base64')}">`)
    await page.setContent(`
      <style>
        body { margin: 0; height: 700px; display: flex; gap: 36px; align-items: center; justify-content: center;
          background: linear-gradient(135deg, #dcd9f6, #f6dfe4) }
        img { height: 612px; border-radius: 14px; box-shadow: 0 18px 50px #20243e55 }
        img + img { border-radius: 26px; border: 5px solid #20242e; height: 620px }
      </style>${images.join('')}`)
    await page.waitForFunction(() => [...document.images].every((image) => image.complete))
    return page.screenshot()
  }
})

/** Runs in the page: resolves when none of the elements moves any more. */
async function atRest(elements) {
  const moving = elements.flatMap((element) => element.getAnimations())
  await Promise.all(moving.map((animation) => animation.finished))
}

/** Runs in the page: the port of this test run is nobody's business. */
function showUsualAddress(fields) {
  for (const field of fields) field.value = field.value.replace(location.host, 'localhost:3003')
}
