/**
 * The SvelteKit example in Chromium: dev with changes of a component, of the hooks and of the configuration, preview, and production with
 * its end. As it stands there, with SvelteKit 3, and with SvelteKit 2.
 */
/* global window */

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf } from '../docs/pages.mjs'
import { withTextsOfHere } from '../docs/project.mjs'
import { installNode } from '../nodes/install.mjs'
import { everyCommandIsRun, Readme } from './readme.mjs'
import { CHROMIUM_ARGS, findChromium, freePort, INSTALL_MS, Running, shot } from './support.mjs'

const executablePath = findChromium()

/** SvelteKit 3 needs Node 22.17. */
const [major, minor] = process.versions.node.split('.').map(Number)
const newNode = () => (major > 22 || (major === 22 && minor >= 17) ? process.execPath : installNode('22'))

const VARIANTS = [
  { kit: 3, findNode: newNode, adapt() {} },
  {
    kit: 2,
    findNode: () => process.execPath,
    adapt({ devDependencies, engines }) {
      Object.assign(devDependencies, { '@sveltejs/kit': '^2.70.3', '@sveltejs/adapter-node': '^5.5.7' })
      engines.node = '>=20'
    },
    /** What the example's README says about it. */
    files: async (project) => {
      await edited(project, 'server.js', '(server)', '(server.server)')
      await edited(project, 'vite.config.ts', 'paths: { origin: process.env.ORIGIN },', '')
      await edited(project, 'tsconfig.json', '$app/tsconfig', './.svelte-kit/tsconfig.json')
    },
  },
]

/** Changes a file in a project, and tells what it was. */
async function edited(project, file, from, to) {
  const text = await project.read(file)
  expect(text).toContain(from)
  await project.write(file, text.replace(from, to))
  return text
}

/** The hooks that the example has in production, with what docs/operations.md adds for a database. */
const HOOKS = "import '#lib/live.ts'"
const HOOKS_AND_SHUTDOWN = `${HOOKS}
const database = { end: async () => console.log('the database is closed, clients:', wss.stats().clients) }
${blockOf('docs/operations.md', 'sveltekit:shutdown')}`

/** The component of docs/client.md as a page that sits down at a table of the example. */
const TURN = withTextsOfHere(blockOf('docs/client.md', '$app/paths'), {
  "{ roomProtocol: 'cards:1', roomId: 'table 5' }":
    "{ roomProtocol: 'planning-poker:1', roomId: 'turn', clientName: 'Ada' }",
})

/** The code of a page's block that has this text in it. */
function blockOf(page, text) {
  return blocksOf(page).find(({ code }) => code.includes(text)).code
}

describe.skipIf(!executablePath).each(VARIANTS)('SvelteKit $kit', ({ kit, findNode, adapt, files }) => {
  const readme = new Readme('sveltekit')
  let project, node, browser
  const running = []
  const contexts = []
  /** Files that a test has changed, as they were. */
  const originals = new Map()

  beforeAll(async () => {
    node = findNode()
    project = await readme.install(adapt)
    await files?.(project)
    browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS })
  }, INSTALL_MS)

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    for (const { child } of running.splice(0)) child.kill('SIGKILL')
    for (const [file, text] of originals) await project.write(file, text)
    originals.clear()
  })

  afterAll(async () => {
    await browser?.close()
    await project?.remove()
  })

  function run(args, options) {
    const program = new Running(project, args, { node, ...options })
    running.push(program)
    return program
  }

  /** Builds the application: vite must end by itself. */
  async function build(env) {
    const program = run(readme.argsOf('build'), { env })
    expect(await program.ended, program.output).toBe(0)
  }

  /** Starts vite's server of this name. */
  const serve = async (script) =>
    run([...readme.argsOf(script), '--host', '127.0.0.1', '--port', String(await freePort())])

  /** Somebody at a table: a page in a browser of its own. */
  async function sit(url, name, table = 'alpha') {
    const context = await browser.newContext({ viewport: { width: 1000, height: 760 } })
    contexts.push(context)
    const page = await context.newPage()
    await page.addInitScript((text) => localStorage.setItem('name', text), name)
    await page.goto(`${url}/table/${table}`)
    await isOpen(page)
    return page
  }

  const isOpen = (page) => page.locator('[data-status=open]').waitFor()
  const play = (page, card) =>
    page.getByLabel('Your cards').getByRole('button', { name: card, exact: true }).click()
  const press = (page, name) => page.getByRole('button', { name }).click()
  /** The card before somebody, by what it shows: '' is face down. */
  const shows = (page, name, card) =>
    page.locator('li', { hasText: name }).locator(`[data-card="${card}"]`).waitFor()
  const story = async (page, text) => {
    await page.getByLabel('Story').fill(text)
    await press(page, 'New story')
  }

  /** A round with two players, and then another story. */
  async function playRound(ada, bob) {
    await play(ada, '5')
    await shows(bob, 'Ada', '')
    await play(bob, '8')
    await shows(ada, 'Bob', '')
    await press(ada, 'Turn the cards')
    for (const page of [ada, bob]) {
      await shows(page, 'Ada', '5')
      await shows(page, 'Bob', '8')
      await page.getByText('6.5 on average').waitFor()
    }
    await story(bob, 'Log in with a passkey')
    for (const page of [ada, bob]) {
      await page.getByText('Log in with a passkey').waitFor()
      await page.getByText('0 of 2 have played').waitFor()
    }
  }

  /** Changes a file of the application as somebody does who works on it. */
  async function edit(file, from, to) {
    const text = await edited(project, file, from, to)
    if (!originals.has(file)) originals.set(file, text)
  }

  /**
   * The same, and waits until the server has written this. Saves once more where vite's watcher has missed it, as it does with what
   * changes twice in a moment.
   */
  async function editAndSee(server, pattern, file, ...change) {
    await edit(file, ...change)
    const text = await project.read(file)
    const again = setInterval(() => project.write(file, text), 1000)
    try {
      await server.wrote(pattern)
    } finally {
      clearInterval(again)
    }
  }

  if (kit === 3)
    test('its types are right', { timeout: 120_000 }, async () => {
      const sync = run(['node_modules/@sveltejs/kit/svelte-kit.js', 'sync'])
      expect(await sync.ended, sync.output).toBe(0)
      const check = run(['node_modules/svelte-check/bin/svelte-check'])
      expect(await check.ended, check.output).toBe(0)
    })

  test('dev', { timeout: 120_000 }, async () => {
    const server = await serve('dev')
    const url = await server.url()
    const [ada, bob] = [await sit(url, 'Ada'), await sit(url, 'Bob')]
    await playRound(ada, bob)

    // A component: the page stays as it is, and its client in the room.
    await ada.evaluate(() => (window.isTheSamePage = true))
    await edit('src/routes/table/[id]/Seat.svelte', '  {name}\n', '  {name} (player)\n')
    await ada.getByText('Bob (player)').waitFor()
    await isOpen(ada)

    // The hooks: nobody asks for a page, and nobody is cut.
    const hooks = 'src/lib/live.ts'
    await editAndSee(server, /new hooks from src\/lib\/live\.ts/, hooks, 'data.card])', '`${data.card}!`])')
    await play(bob, '3')
    await press(bob, 'Turn the cards')
    await shows(ada, 'Bob', '3!')
    expect(await ada.evaluate(() => window.isTheSamePage)).toBe(true)

    // A mistake in the hooks: the old ones stay.
    const failed = /live\.ts could not be loaded: the hooks that were there stay/
    await editAndSee(server, failed, hooks, 'import { error }', 'import { error ')
    await press(bob, 'Again')
    await ada.getByText('0 of 2 have played').waitFor()
    const mended = /could not be loaded[^]*new hooks from/
    await editAndSee(server, mended, hooks, 'import { error ', 'import { error }')

    // The configuration: vite starts anew, the page is loaded again, and the table is still there.
    await edit('vite.config.ts', 'export default', '// touched\nexport default')
    await server.wrote(/server restarted/)
    for (const page of [ada, bob]) {
      await page.getByText('0 of 2 have played').waitFor()
      await page.getByText('Log in with a passkey').waitFor()
      await isOpen(page)
    }
    await play(ada, '1')
    await shows(bob, 'Ada', '')
    expect(await server.stop()).toBe(143)
  })

  test('preview', { timeout: 120_000 }, async () => {
    await mkdir(project.path('src/routes/turn'))
    await project.write('src/routes/turn/+page.svelte', TURN)
    await project.write('src/routes/turn/+page.js', 'export const ssr = false\n')
    await build()
    const server = await serve('preview')
    const url = await server.url()
    const [ada, bob] = [await sit(url, 'Ada'), await sit(url, 'Bob')]
    await playRound(ada, bob)

    // A client as a store.
    await ada.goto(`${url}/turn`)
    await bob.goto(`${url}/turn`)
    for (const page of [ada, bob]) await page.getByText('open: 2 here').waitFor()
    await server.stop('SIGKILL')
  })

  test('production', { timeout: 120_000 }, async () => {
    const port = String(await freePort())
    const url = `http://127.0.0.1:${port}`
    const env = { HOST: '127.0.0.1', PORT: port, ORIGIN: url }
    await edit('src/hooks.server.ts', HOOKS, HOOKS_AND_SHUTDOWN)
    await build(env)
    // As in the image of docs/MIGRATING.md: what is deployed is the build, and the packages under `dependencies`.
    await project.npm('prune', '--omit=dev')
    expect(existsSync(project.path('node_modules', 'vite'))).toBe(false)
    const start = () => run(readme.argsOf('start'), { env })
    const server = start()
    await server.wrote(/Listening/)
    const [ada, bob] = [await sit(url, 'Ada'), await sit(url, 'Bob')]
    await playRound(ada, bob)
    await play(bob, '13')
    await shows(ada, 'Bob', '')
    await shot(ada, `sveltekit-${contexts.length}`)

    // Refused by the hooks, which were there before the first client.
    const stranger = await browser.newContext()
    contexts.push(stranger)
    const page = await stranger.newPage()
    await page.addInitScript(() => localStorage.setItem('name', 'Eve'))
    await page.goto(`${url}/table/no%20such%20table`)
    await page.getByText('there is no such table').waitFor()

    // The end, with clients in the room: SvelteKit's own, to its last step. They come back to the next one.
    expect(await server.stop('SIGTERM')).toBe(0)
    expect(server.output).toContain('the database is closed, clients: 0')
    await ada.locator('[data-status=reconnecting]').waitFor()
    await start().wrote(/Listening/)
    await isOpen(ada)
    await isOpen(bob)
    await ada.getByText('No story yet').waitFor()
  })

  everyCommandIsRun(readme)
})
