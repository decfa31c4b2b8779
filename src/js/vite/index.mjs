/**
 * The vite plugin: one config for dev, build and preview. Owns nothing but the wiring to vite; the room server
 * is the process's one, so rooms and hooks outlive the restarts of a dev server.
 */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { wss } from '../server/index.js'
import { DevHooks } from './dev-hooks.mjs'
import { loaderFor } from './loader.mjs'
import { loadForPreview } from './preview-hooks.mjs'

/** @import { PreviewServer, ResolvedConfig, ViteDevServer } from 'vite' */
/** @import { UpgradeServer } from '../../../index.js' */
/** @import { RoomsOptions } from './index.mjs' */

const NAME = 'websocket-rooms'

/** By this name bundlers must leave the package alone: an addon can't be bundled. */
const PACKAGE = '@cgreenhalgh/websocket-room-server'

/**
 * @param {RoomsOptions} [given]
 * @returns {import('vite').Plugin}
 */
export function rooms({ hooks, options, loader, ...rest } = {}) {
  for (const name of Object.keys(rest)) throw new TypeError(`rooms: there is no option ${name}`)
  /**
   * By the environment in which they are loaded: where the configuration is an object and no file, the plugin is the same for the dev server
   * that ends and for the one that takes its place.
   * @type {WeakMap<object, DevHooks>}
   */
  const allHooks = new WeakMap()

  return {
    name: NAME,

    config: () => ({ ssr: { external: [PACKAGE] } }),

    configResolved(config) {
      if (!config.environments) throw new Error('rooms() needs vite 6 or later')
      if (config.plugins.filter(({ name }) => name === NAME).length > 1)
        throw new Error(
          'rooms() is in the list of plugins more than once: give it all its options in one place',
        )
    },

    configureServer(server) {
      // Tests of the application run in a vite of their own, which serves nobody.
      if (isVitest(server.config)) return
      if (options) wss.configure(options)
      if (hooks === undefined) return attachDev(server)
      const file = hooksFile(server.config, hooks)
      const devHooks = new DevHooks(server, loaderFor(server, file, loader), wss)
      allHooks.set(server.environments.ssr, devHooks)
      attachDev(server, devHooks)
    },

    configurePreviewServer(server) {
      if (options) wss.configure(options)
      const { httpServer } = server
      if (hooks === undefined) return wss.addWebsockets(httpServer)
      const loaded = listening(httpServer).then(() =>
        loadForPreview(server, hooksFile(server.config, hooks), wss),
      )
      wss.addWebsockets(httpServer, { ready: loaded })
    },

    hotUpdate({ modules, timestamp }) {
      allHooks.get(this.environment)?.changed(modules, timestamp)
    },

    buildEnd() {
      allHooks.get(this.environment)?.close()
    },
  }
}

/**
 * @param {ViteDevServer} server
 * @param {DevHooks} [devHooks]
 */
function attachDev(server, devHooks) {
  const httpServer = /** @type {UpgradeServer & { listening: boolean } | null} */ (
    server.httpServer ?? parentServer(server.config)
  )
  if (!httpServer) {
    server.config.logger.warn(
      'rooms: vite runs in middleware mode and has no http server to attach to. Name yours ' +
        '(server.middlewareMode: { server }), or attach it: wss.addWebsockets(server)',
    )
    devHooks?.load()
    return
  }
  // Modules can't be loaded before vite itself has started, which it does when it listens.
  if (devHooks) listening(httpServer).then(() => devHooks.load())
  wss.addWebsockets(httpServer, devHooks && { ready: devHooks.ready })
}

/**
 * The application's own http server, where vite has been told of it.
 * @param {ResolvedConfig} config
 */
function parentServer({ server: { middlewareMode } }) {
  return typeof middlewareMode === 'object' ? middlewareMode.server : null
}

/** @param {any} httpServer */
function listening(httpServer) {
  return new Promise((done) => {
    if (httpServer.listening) setImmediate(done)
    else httpServer.once('listening', done)
  })
}

/** @param {ResolvedConfig} config */
function isVitest({ plugins }) {
  return plugins.some(({ name }) => name === 'vitest')
}

/**
 * @param {ResolvedConfig} config
 * @param {string} hooks
 */
function hooksFile({ root }, hooks) {
  const file = resolve(root, hooks)
  if (!existsSync(file)) throw new Error(`rooms: there is no hooks module ${file}`)
  return file
}
