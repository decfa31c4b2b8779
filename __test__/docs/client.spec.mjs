/** docs/client.md: in Node beside a room server, and in a browser with vite and Svelte. */

import { chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { ARGS, findChromium } from '../demo/support.mjs'
import { everyBlockIsRun } from './page.mjs'
import { runs } from './running.mjs'
import { SvelteSite } from './svelte-site.mjs'

const its = runs('docs/client.md')
const executablePath = findChromium()

describe('in Node', () => {
  test('what a client does first', async () => {
    vi.stubGlobal('WebSocket', WebSocket)
    wss.onActionReq = (_wss, req) => ({ type: 5, id: req.id, success: true, data: req.data })
    const other = await its.rooms.join('table 5')
    await its.run("room.action('shuffle'", { here: { 'https://example.org': its.rooms.origin } })
    const told = await other.until((message) => message.removeClients)
    expect(told.map((message) => Object.keys(message).filter((key) => key !== 'type'))).toEqual([
      ['addClients'],
      ['roomChanges', 'updateClients'],
      ['updateClients'],
      ['removeClients'],
    ])
  })

  test('with the WebSocket of ws', async () => {
    const other = await its.rooms.join('table 5')
    await its.run("from 'ws'", { here: { 'ws://localhost:3000/wss': its.rooms.url } })
    expect(Object.keys((await other.take(2))[1])).toContain('removeClients')
  })
})

test('a browser was found', ({ skip }) => {
  if (executablePath) return
  console.warn('The blocks for pages were NOT run: there is no Chromium. Set CHROMIUM to its path.')
  skip('there is no Chromium')
})

describe.skipIf(!executablePath)('in a page', { timeout: 60_000 }, () => {
  let browser
  let site
  let page
  const errors = []
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ARGS })
  }, 60_000)
  afterEach(async () => {
    await page.context().close()
    await site.close()
    expect(errors.splice(0)).toEqual([])
  })
  afterAll(() => browser.close())

  /** Opens a page that runs `main.js`. */
  async function open(files) {
    site = new SvelteSite(files)
    page = await (await browser.newContext()).newPage()
    page.on('pageerror', ({ message }) => errors.push(message))
    await page.goto(await site.open())
  }
  const block = (text) => its.page.block(text).code
  /** Has the page show the client that the block has made. */
  const show = '\nglobalThis.room = room\n'

  /** The client on the server, once it is in the room. */
  async function theClient() {
    const { clients } = await its.rooms.waitFor('table 5', (room) => room?.counts.clients === 1)
    return Object.values(clients)[0]
  }

  test('a hello by a function: asked for each attempt, with what the client has', async () => {
    const hellos = []
    wss.onHelloReq = (_wss, { clientCredential, clientState }) => {
      hellos.push({ clientCredential, clientState })
      return { clientState, readonly: false }
    }
    await open({ 'main.js': block("fetch('/token')") + show })
    const { id, ws } = await theClient()
    wss.broadcastChange(wss.room('table 5'), {
      type: 3,
      updateClients: { [id]: [{ key: 'hand', value: 'up' }] },
    })
    await page.waitForFunction(() => globalThis.room.me?.clientState.hand === 'up')
    ws.close(1011)
    await its.rooms.waitFor('table 5', ({ clients }) => Object.keys(clients).some((other) => other !== id))
    expect(hellos).toEqual([
      { clientCredential: 'token 1', clientState: { hand: 'down' } },
      { clientCredential: 'token 2', clientState: { hand: 'up' } },
    ])
  })

  test('reconnect.when: comes back after what it names, and else as the table says', async () => {
    await open({ 'main.js': block('const when') + show })
    const { id, ws } = await theClient()
    ws.close(4403, 'moved')
    const { clients } = await its.rooms.waitFor(
      'table 5',
      (room) => !room.clients[id] && room.counts.clients === 1,
    )
    Object.values(clients)[0].ws.close(4403, 'gone')
    await page.waitForFunction(() => globalThis.room.status === 'closed')
    expect(await page.evaluate(() => globalThis.room.reason)).toEqual({ code: 4403, reason: 'gone' })
  })

  test('onAction: the server asks, the user answers', async () => {
    await open({ 'main.js': block('room.onAction') })
    const client = await theClient()
    const answers = ['accept', 'dismiss']
    const asked = []
    page.on('dialog', (dialog) => {
      asked.push(dialog.message())
      dialog[answers[asked.length - 1]]()
    })
    expect(await client.request('confirm', 'Really?')).toMatchObject({ success: true, data: 'yes' })
    expect(await client.request('confirm', 'Are you sure?')).toMatchObject({ success: true, data: 'no' })
    expect(asked).toEqual(['Really?', 'Are you sure?'])
    expect(await client.request('dance')).toMatchObject({ success: false, msg: 'what is dance?' })
  })

  /** A page with this component in it, that can take it out again. */
  const componentPage = (name) => {
    const files = Object.fromEntries(its.page.files().map(({ about, code }) => [about, code]))
    const main = `
      import { mount, unmount } from 'svelte'
      import Component from './${name}'
      const component = mount(Component, { target: document.body })
      globalThis.takeOut = () => unmount(component)
    `
    return open({ ...files, 'main.js': main })
  }

  async function leavesWithTheComponent() {
    await page.evaluate(() => globalThis.takeOut())
    await its.rooms.waitFor('table 5', ({ counts }) => counts.clients === 1)
  }

  test('Svelte: a client is a store', async () => {
    await componentPage('Turn.svelte')
    await page.getByText('open: 1 here').waitFor()
    const { id } = await theClient()
    const other = await its.rooms.join('table 5')
    await page.getByText('open: 2 here').waitFor()
    await page.getByRole('button', { name: 'nobody' }).click()
    expect((await other.next()).roomChanges).toEqual([{ key: 'turn', value: id }])
    await page.getByRole('button', { name: id }).waitFor()
    await leavesWithTheComponent()
  })

  test('Svelte: a class with runes', async () => {
    await componentPage('Table.svelte')
    await page.getByText('open').waitFor()
    const { id } = await theClient()
    const other = await its.rooms.join('table 5')
    other.change({ room: { 'card:7': 'the pile', clock: '300' } })
    await page.getByRole('button', { name: '7: the pile' }).click()
    await page.getByRole('button', { name: `7: ${id}` }).waitFor()
    expect(await page.getByRole('button').count()).toBe(1)
    await leavesWithTheComponent()
  })

  test('hot module replacement: the module is another one, the client the same, and nobody has left', async () => {
    const left = []
    wss.onLeave = (_wss, _room, clientId) => void left.push(clientId)
    const live = (version) => `${block('import.meta.hot?.data.room')}
      globalThis.version = ${version}
      globalThis.clients = [...globalThis.clients ?? [], room]
    `
    await open({ 'live.js': live(1), 'main.js': `import './live.js'` })
    const { id } = await theClient()
    await site.save('live.js', live(2))
    await page.waitForFunction(() => globalThis.version === 2)
    expect(await page.evaluate(() => globalThis.clients.map(({ status }) => status))).toEqual([
      'open',
      'open',
    ])
    expect(await page.evaluate(() => new Set(globalThis.clients).size)).toBe(1)
    expect([(await theClient()).id, left]).toEqual([id, []])
  })
})

everyBlockIsRun(its.page, executablePath)
