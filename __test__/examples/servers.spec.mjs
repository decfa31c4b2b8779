/** The examples without a bundler: installed and started as their READMEs say, used with the package's client and a browser, ended by SIGTERM. */

import { once } from 'node:events'
import { chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '@cgreenhalgh/websocket-room-server/client'
import { everyCommandIsRun, Readme } from './readme.mjs'
import { CHROMIUM_ARGS, findChromium, freePort, INSTALL_MS, Running, shot } from './support.mjs'

const executablePath = findChromium()

/** Takes the certificate that the https example makes for itself. */
class Trusting extends WebSocket {
  constructor(url) {
    super(url, { rejectUnauthorized: false })
  }
}

/** One example for all tests in the block: `{ url, start(), running, join(), page(), endsWell(), readme }`. */
function example(name) {
  const its = { clients: [], readme: new Readme(name) }

  beforeAll(async () => {
    its.project = await its.readme.install()
    const env = { PORT: String(await freePort()) }
    its.start = async () => {
      its.running = new Running(its.project, its.readme.argsOf('start'), { env })
      its.url = await its.running.url()
    }
    await its.start()
    if (executablePath) its.browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS })
  }, INSTALL_MS)

  afterEach(() => {
    for (const client of its.clients.splice(0)) client.leave().catch(() => {})
  })

  afterAll(async () => {
    await its.browser?.close()
    its.running?.child.kill('SIGKILL')
    await its.project?.remove()
  })

  its.join = async (roomId, options) => {
    const client = connect(
      { base: its.url },
      { roomProtocol: 'test', roomId },
      { WebSocket: Trusting, ...options },
    )
    its.clients.push(client)
    await client.opened()
    return client
  }
  /** A page of its own, and what went wrong in it. */
  its.page = async (hash = '') => {
    const context = await its.browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    page.errors = []
    page.on('pageerror', ({ message }) => page.errors.push(message))
    page.on('console', (message) => message.type() === 'error' && page.errors.push(message.text()))
    await page.goto(`${its.url}/${hash}`)
    return page
  }
  /** Clients are told, and the process ends by itself. */
  its.endsWell = async () => {
    const client = await its.join('last', { reconnect: false })
    const closed = new Promise((done) => client.on('status', done))
    expect(await its.running.stop('SIGTERM')).toBe(0)
    expect(await closed).toMatchObject({ status: 'closed', reason: { code: 1001 } })
  }
  return its
}

const browserTest = test.skipIf(!executablePath)

/** Waits until the room is as expected. */
const eventually = (check) => vi.waitFor(check, { timeout: 10_000, interval: 20 })

describe('express: a poll', () => {
  const poll = example('express')
  poll.ask = (id, body) =>
    fetch(`${poll.url}/polls/${id}/question`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  test('votes are counted, one for each client, and go with it', async () => {
    const [ada, bob] = [await poll.join('lunch'), await poll.join('lunch')]
    expect(ada.state).toMatchObject({ question: 'What shall we drink?', 'votes:0': '0' })
    await ada.action('vote', '0')
    await bob.action('vote', '0')
    await eventually(() => expect(ada.state['votes:0']).toBe('2'))
    await bob.action('vote', '1')
    await eventually(() => expect(ada.state).toMatchObject({ 'votes:0': '1', 'votes:1': '1' }))
    await bob.leave()
    await eventually(() => expect(ada.state['votes:1']).toBe('0'))
  })

  test('what is no answer is refused, and nobody else notices', async () => {
    const [ada, bob] = [await poll.join('lunch'), await poll.join('lunch')]
    await expect(ada.action('vote', '7')).rejects.toMatchObject({ code: 'REFUSED' })
    await expect(ada.action('constructor')).rejects.toMatchObject({ code: 'REFUSED' })
    ada.change({ room: { 'votes:0': '99' } })
    await eventually(() => expect(ada.status).toBe('closed'))
    expect(bob.state['votes:0']).toBe('0')
  })

  test('a route asks a new question', async () => {
    const ada = await poll.join('dinner')
    await ada.action('vote', '2')
    const response = await poll.ask('dinner', { question: 'Where?', answers: ['here', 'there'] })
    const state = {
      question: 'Where?',
      'answer:0': 'here',
      'votes:0': '0',
      'answer:1': 'there',
      'votes:1': '0',
    }
    expect(await response.json()).toEqual(state)
    await eventually(() => expect({ ...ada.state }).toEqual(state))
    expect((await poll.ask('nowhere', { question: 'Where?', answers: [] })).status).toBe(404)
    expect((await poll.ask('dinner', { question: 5 })).status).toBe(400)
  })

  browserTest('in a browser', async () => {
    const page = await poll.page('#browser')
    const ada = await poll.join('browser')
    await page.getByRole('button', { name: 'coffee' }).click()
    await eventually(() => expect(ada.state['votes:1']).toBe('1'))
    await page.locator('.mine', { hasText: 'coffee1' }).waitFor()
    await page.getByText('2 here').waitFor()
    await shot(page, 'express')

    await poll.ask('browser', { question: 'Where?', answers: ['here', 'there'] })
    await page.getByRole('heading', { name: 'Where?' }).waitFor()
    expect(await page.locator('.mine').count()).toBe(0)
    await page.getByRole('button', { name: 'there' }).click()
    await page.locator('.mine', { hasText: 'there1' }).waitFor()
    expect(page.errors).toEqual([])
  })

  browserTest('a page comes back to a restarted server, and has not voted there', async () => {
    const page = await poll.page('#restart')
    await page.getByRole('button', { name: 'coffee' }).click()
    await page.locator('.mine', { hasText: 'coffee1' }).waitFor()
    expect(await poll.running.stop('SIGTERM')).toBe(0)
    await page.getByText('reconnecting').waitFor()
    await poll.start()
    await page.getByText('1 here').waitFor()
    expect(await page.locator('.mine').count()).toBe(0)
    await page.getByRole('button', { name: 'coffee' }).click()
    await page.locator('.mine', { hasText: 'coffee1' }).waitFor()
  })

  test('its own tests pass', async () => {
    const own = new Running(poll.project, poll.readme.argsOf('test'))
    expect(await own.ended, own.output).toBe(0)
    expect(own.output).toMatch(/pass 4\n/)
  })

  test('it ends by SIGTERM', () => poll.endsWell())

  everyCommandIsRun(poll.readme)
})

describe('fastify: a checklist', () => {
  const list = example('fastify')

  test('routes read and change it', async () => {
    const ada = await list.join('packing')
    ada.change({ room: { socks: 'open', map: 'open' } })
    await eventually(() => expect(ada.state.map).toBe('open'))
    expect(await (await fetch(`${list.url}/lists/packing`)).json()).toEqual({ socks: 'open', map: 'open' })
    await fetch(`${list.url}/lists/packing/done`, { method: 'POST' })
    await eventually(() => expect({ ...ada.state }).toEqual({ socks: 'done', map: 'done' }))
    expect((await fetch(`${list.url}/lists/nothing`)).status).toBe(404)
  })

  test('lists are small', async () => {
    const ada = await list.join('long')
    ada.change({ room: { socks: 'x'.repeat(20_000) } })
    await eventually(() => expect(ada.reason?.reason).toContain('maxStateBytes'))
  })

  browserTest('in a browser', async () => {
    const page = await list.page('#browser')
    const ada = await list.join('browser')
    await page.getByLabel('New item').fill('tent')
    await page.keyboard.press('Enter')
    await page.getByLabel('tent').check()
    await eventually(() => expect(ada.state.tent).toBe('done'))
    await shot(page, 'fastify')

    const other = await list.page('#browser')
    await page.getByLabel('New item').fill('map')
    await page.keyboard.press('Enter')
    await other.locator('li:nth-child(2) input:not(:checked)').waitFor()
    await fetch(`${list.url}/lists/browser/done`, { method: 'POST' })
    for (const each of [page, other]) await each.locator('li:nth-child(2) :checked').waitFor()
    expect(page.errors).toEqual([])
  })

  test('it ends by SIGTERM', () => list.endsWell())

  everyCommandIsRun(list.readme)
})

describe('node-https: a lamp', () => {
  const lamp = example('node-https')

  browserTest('in a browser, over TLS', async () => {
    const [page, other] = [await lamp.page(), await lamp.page()]
    await page.getByRole('button', { name: 'lamp' }).click()
    await Promise.all([page, other].map((each) => each.locator('body.on').waitFor()))
    await shot(other, 'node-https')
    await other.getByRole('button', { name: 'lamp' }).click()
    await page.locator('body:not(.on)').waitFor()
    expect([...page.errors, ...other.errors]).toEqual([])
  })

  test('pages from elsewhere are refused', async () => {
    const ws = new WebSocket(`${lamp.url.replace('http', 'ws')}/wss`, {
      origin: 'https://example.com',
      rejectUnauthorized: false,
    })
    const [error] = await once(ws, 'error')
    expect(error.message).toContain('403')
  })

  browserTest('with the server gone nobody can press', async () => {
    const page = await lamp.page()
    await page.locator('button:enabled').waitFor()
    expect(await lamp.running.stop('SIGTERM')).toBe(0)
    await page.locator('button:disabled').waitFor()
    await lamp.start()
  })

  test('it ends by SIGTERM', () => lamp.endsWell())

  everyCommandIsRun(lamp.readme)
})
