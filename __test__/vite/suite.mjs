/** What the plugin does in dev, whichever vite it is. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WebSocket } from 'ws'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { tlsIdentity } from '../support/server.mjs'
import { answering, configured, Project, wss } from './project.mjs'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/** A condition that files, watchers and servers bring about in their own time. */
const eventually = (check) => vi.waitFor(check, { timeout: 10_000, interval: 20 })

/** The answers of the hook by which versions are told apart. */
const answered = (client, data) =>
  eventually(async () => expect(await client.ask('version')).toMatchObject({ data }))

/** A configuration with a framework that runs its built server in the preview. */
const withBuiltServer = `
import { wss } from '@cgreenhalgh/websocket-room-server'
import config from './rooms.config.mjs'
const configurePreviewServer = () => {
  wss.onActionReq = (_wss, { id }) => ({ type: 5, id, success: true, data: 'built' })
}
export default { ...config, plugins: [...config.plugins, { name: 'framework', configurePreviewServer }] }
`

export function suite(vite) {
  /** @type {Project} */
  let project

  beforeEach(() => {
    project = new Project(vite, { 'vite.config.mjs': configured(), 'src/live.ts': answering(`'one'`) })
  })
  afterEach(() => project.close())

  describe(`dev server of ${vite}`, () => {
    test("serves rooms beside the pages and vite's own socket", async () => {
      const server = await project.dev()
      const client = await project.join(server)
      expect(await client.ask('version')).toMatchObject({ success: true, data: 'one' })
      const { port } = server.httpServer.address()
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('the application')
      const token = server.config.webSocketToken
      const hmr = project.client(server, `/?token=${token}`, { protocols: 'vite-hmr' })
      expect(await hmr.next()).toEqual({ type: 'connected' })
      await client.quiet()
    })

    test('no client is let in before the hooks are there', async () => {
      const { promise, open } = gate()
      globalThis.theDatabase = promise
      await project.save(
        'src/live.ts',
        answering(`'one'`, `await globalThis.theDatabase\nwss.onHelloReq = () => { throw new Error('no') }`),
      )
      const client = project.client(await project.dev())
      await eventually(() => expect(wss.onActionReq).toBeDefined())
      expect(client.ws.readyState).toBe(WebSocket.CONNECTING)
      open()
      await client.opened
      await expect(client.hello()).rejects.toThrow('error: no')
    })

    test('saved hooks count at once, and clients stay', async () => {
      const server = await project.dev()
      const client = await project.join(server)
      await answered(client, 'one')
      await project.save('src/live.ts', answering(`'two'`))
      await answered(client, 'two')
      await project.save('src/text.ts', `export const text: string = 'three'`)
      await project.save('src/live.ts', answering('text', `import { text } from './text'`))
      await answered(client, 'three')
      await project.save('src/text.ts', `export const text: string = 'four'`)
      await answered(client, 'four')
      expect(client.ws.readyState).toBe(WebSocket.OPEN)
    })

    test('a hook that is no longer set is unset; one that an unchanged module sets stays', async () => {
      await project.save(
        'src/rules.ts',
        `import { wss } from '@cgreenhalgh/websocket-room-server'\nwss.onChangeReq = () => ({ roomChanges: [] })`,
      )
      await project.save(
        'src/live.ts',
        answering(`'one'`, `import './rules'\nwss.onHelloReq = () => { throw new Error('no') }`),
      )
      const own = () => {}
      wss.onLeave = own
      const server = await project.dev()
      await eventually(() => expect(wss.onHelloReq).toBeDefined())
      await project.save('src/live.ts', answering(`'two'`, `import './rules'`))
      await eventually(() => expect(wss.onHelloReq).toBeUndefined())
      expect(wss.onChangeReq).toBeDefined()
      expect(wss.onLeave).toBe(own)
      await answered(await project.join(server), 'two')
    })

    test('old hooks are let go', async () => {
      globalThis.versions = []
      const module = (text) =>
        answering(`'${text}'`, `globalThis.versions.push(new WeakRef(wss.onActionReq))`)
      await project.save('src/live.ts', module('v0'))
      const client = await project.join(await project.dev())
      for (let version = 1; version < 4; version++) {
        await project.save('src/live.ts', module(`v${version}`))
        await answered(client, `v${version}`)
      }
      await eventually(() => {
        collectGarbage()
        // The one before the last may be kept by what vite remembers of the last update.
        expect(globalThis.versions.slice(0, 2).filter((ref) => ref.deref())).toEqual([])
      })
    })

    test('a version that fails is reported and changes nothing; mended, it counts', async () => {
      const client = await project.join(await project.dev())
      await project.save('src/live.ts', 'import { wss from nowhere')
      await eventually(() =>
        expect(project.log).toContain('src/live.ts could not be loaded: the hooks that were there stay'),
      )
      await answered(client, 'one')
      await project.save('src/live.ts', answering(`'two'`, `throw new Error('not today')`))
      await eventually(() => expect(project.log).toContain('not today'))
      await answered(client, 'one')
      await project.save('src/live.ts', answering(`'three'`))
      await answered(client, 'three')
    })

    for (const [what, path, broken, mended] of [
      ['a syntax error', 'src/live.ts', 'import { wss from nowhere', answering(`'two'`)],
      ['an error', 'src/live.ts', answering(`'one'`, `throw new Error('not today')`), answering(`'two'`)],
      ['a missing module', 'src/text.ts', undefined, `export const text = 'two'`],
    ]) {
      test(`nobody is let in with ${what} from the start until it is mended`, async () => {
        if (broken) await project.save(path, broken)
        else await project.save('src/live.ts', answering('text', `import { text } from './text'`))
        const client = project.client(await project.dev())
        await eventually(() => expect(project.log).toContain('could not be loaded: nobody is let in'))
        expect(client.ws.readyState).toBe(WebSocket.CONNECTING)
        await project.save(path, mended)
        await client.opened
        await client.hello()
        await answered(client, 'two')
      })
    }

    for (const [loader, load] of [
      ['runner', (server) => server.environments.ssr.runner.import('/src/live.ts')],
      ['ssrLoadModule', (server) => server.ssrLoadModule('/src/live.ts')],
    ]) {
      test(`the hooks module is the same as for server code that imports it, by ${loader}`, async () => {
        project.save('vite.config.mjs', configured(`{ hooks: 'src/live.ts', loader: '${loader}' }`))
        const live = (text) =>
          answering(`'${text}'`, `export const instance = {}\nglobalThis.instance = instance`)
        project.save('src/live.ts', live('one'))
        const server = await project.dev()
        const client = await project.join(server)
        expect((await load(server)).instance).toBe(globalThis.instance)
        await project.save('src/live.ts', live('two'))
        await answered(client, 'two')
        expect((await load(server)).instance).toBe(globalThis.instance)
      })
    }
  })

  describe(`restarts of the dev server of ${vite}`, () => {
    /** Restarts as often as told, by itself or for a changed configuration: clients go and can come back. */
    const restarts = (restart) => async () => {
      const server = await project.dev()
      for (let round = 1; round <= 3; round++) {
        const client = await project.join(server, { clientState: { round: String(round) } })
        client.change({ room: { [`round ${round}`]: 'x' }, echo: true })
        await client.next()
        await restart(server, round)
        expect((await client.closed).code).toBe(1001)
        await eventually(() => expect(server.httpServer.listening).toBe(true))
        const again = await project.join(server)
        expect(Object.keys(again.welcome.roomState)).toHaveLength(round)
        expect(await again.ask('version')).toMatchObject({ data: 'one' })
        await again.quiet()
        await again.close(1000)
      }
    }

    test(
      'every client can come back to its room',
      restarts((server) => server.restart()),
    )
    test(
      'so it can when the configuration was changed',
      restarts((_server, round) => project.save('vite.config.mjs', `${configured()}// ${round}`)),
    )

    test('so it can where the configuration is no file, and the plugin stays the same', async () => {
      const { rooms } = await import('@cgreenhalgh/websocket-room-server/vite')
      project.remove('vite.config.mjs')
      const plugins = [rooms({ hooks: 'src/live.ts' })]
      const server = await project.dev({ configFile: false, plugins, server: { port: 0, host: '127.0.0.1' } })
      for (const text of ['two', 'three']) {
        const client = await project.join(server)
        await server.restart()
        expect((await client.closed).code).toBe(1001)
        const again = await project.join(server)
        await project.save('src/live.ts', answering(`'${text}'`))
        await answered(again, text)
      }
    })

    test('hooks that the module sets no more are unset, also those of before the restart', async () => {
      await project.save(
        'src/live.ts',
        answering(`'one'`, `wss.onHelloReq = () => { throw new Error('no') }`),
      )
      const server = await project.dev()
      await eventually(() => expect(wss.onHelloReq).toBeDefined())
      await server.restart()
      await eventually(() => expect(project.log).toContain('server restarted'))
      await project.save('src/live.ts', answering(`'two'`))
      await eventually(() => expect(wss.onHelloReq).toBeUndefined())
      await answered(await project.join(server), 'two')
    })
  })

  describe(`preview and build of ${vite}`, () => {
    test('the build ends by itself', async () => {
      const { code, stdout, stderr } = await project.run('vite', 'build')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('built in')
    })

    test('the configuration may be CommonJS', async () => {
      project.remove('vite.config.mjs')
      project.save(
        'vite.config.cjs',
        `const { rooms } = require('@cgreenhalgh/websocket-room-server/vite')\nmodule.exports = { plugins: [rooms()] }`,
      )
      const { code, stderr } = await project.run('vite', 'build')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    })

    test('the preview has rooms, with the hooks from the source where the build has set none', async () => {
      await project.run('vite', 'build')
      const server = await project.preview()
      await answered(await project.join(server), 'one')
      const { port } = server.httpServer.address()
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('the application')
    })

    test('hooks that the built server has set are left alone', async () => {
      await project.run('vite', 'build')
      project.save('rooms.config.mjs', configured())
      project.save('vite.config.mjs', withBuiltServer)
      const server = await project.preview()
      await answered(await project.join(server), 'built')
    })

    test('a hooks module that fails lets nobody in', async () => {
      await project.run('vite', 'build')
      project.save('src/live.ts', `throw new Error('not today')`)
      const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
      const server = await project.preview()
      await expect(project.client(server).opened).rejects.toThrow('503')
      expect(printed.mock.calls.join()).toContain('not today')
      printed.mockRestore()
    })
  })

  describe(`configurations of ${vite}`, () => {
    test('the plugin twice is an error', async () => {
      await project.save('vite.config.mjs', configured(`), rooms(`))
      await expect(project.dev()).rejects.toThrow('more than once')
    })

    test('what is no option is an error, and so is a hooks module that is not there', async () => {
      await project.save('vite.config.mjs', configured(`{ hook: 'src/live.ts' }`))
      await expect(project.dev()).rejects.toThrow('there is no option hook')
      await project.save('vite.config.mjs', configured(`{ hooks: 'src/life.ts' }`))
      await expect(project.dev()).rejects.toThrow('src/life.ts')
    })

    test('a base path is for pages: the path of the rooms is the one that the options give', async () => {
      await project.save('vite.config.mjs', configured(undefined, `base: '/app/'`))
      const server = await project.dev()
      await answered(await project.join(server), 'one')
      const hmr = project.client(server, `/app/?token=${server.config.webSocketToken}`, {
        protocols: 'vite-hmr',
      })
      expect(await hmr.next()).toEqual({ type: 'connected' })
    })

    test("vite's own socket elsewhere", async () => {
      await project.save('vite.config.mjs', configured(undefined, `appType: 'spa'`))
      const http = await import('node:http')
      const other = http.createServer()
      await new Promise((done) => other.listen(0, '127.0.0.1', done))
      const server = await project.dev({ server: { hmr: { server: other } } })
      await answered(await project.join(server), 'one')
      const { port } = other.address()
      const hmr = new WebSocket(`ws://127.0.0.1:${port}/?token=${server.config.webSocketToken}`, 'vite-hmr')
      await new Promise((done, fail) => hmr.once('message', done).once('error', fail))
      hmr.terminate()
      other.close()
    })

    test('https', async () => {
      const server = await project.dev({ server: { https: tlsIdentity(), port: 0, host: '127.0.0.1' } })
      const client = await project.join(server)
      await answered(client, 'one')
      await server.restart()
      // Vite cuts what goes through it before it closes.
      expect((await client.closed).code).toBe(1006)
      await answered(await project.join(server), 'one')
    })

    test('middleware mode with the http server named', async () => {
      const http = await import('node:http')
      const parent = http.createServer()
      const server = await project.create({ server: { middlewareMode: { server: parent } } })
      parent.on('request', server.middlewares)
      await new Promise((done) => parent.listen(0, '127.0.0.1', done))
      const there = { httpServer: parent, config: server.config }
      const client = await project.join(there)
      await answered(client, 'one')
      await project.save('src/live.ts', answering(`'two'`))
      await answered(client, 'two')
      await server.restart()
      await answered(client, 'two')
      await project.save('src/live.ts', answering(`'three'`))
      await answered(client, 'three')
      parent.close()
    })

    test('middleware mode without: says so, and loads the hooks', async () => {
      await project.create({ server: { middlewareMode: true } })
      expect(project.log).toContain('has no http server to attach to')
      await eventually(() => expect(wss.onActionReq).toBeDefined())
    })
  })
}
