/**
 * How the dev server runs modules of the application. Vite has two ways, each with instances of its own, and
 * the hooks module has to go the way of the framework: a route that imports it means the one whose hooks run.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'

/** @import { EnvironmentModuleNode, ViteDevServer } from 'vite' */
/** @import { RoomsOptions } from './index.mjs' */

/**
 * @typedef {object} Loader
 * @property {string} file for messages
 * @property {() => Promise<void>} load evaluates what has changed of the module and what it imports
 * @property {() => EnvironmentModuleNode | undefined} node the module as vite knows it
 * @property {() => void} forget the next load evaluates everything
 */

/**
 * @param {ViteDevServer} server
 * @param {string} file
 * @param {RoomsOptions['loader']} way
 * @returns {Loader}
 */
export function loaderFor(server, file, way = usualWay(server.config.root)) {
  const url = urlOf(server.config.root, file)
  const { moduleGraph } = server.environments.ssr
  return {
    file: relative(server.config.root, file),
    load: way === 'ssrLoadModule' ? withSsrLoadModule(server, url) : withRunner(server, url),
    node: () => [...(moduleGraph.getModulesByFile(file.replaceAll('\\', '/')) ?? [])][0],
    forget: () => moduleGraph.invalidateAll(),
  }
}

/**
 * @param {ViteDevServer} server
 * @param {string} url
 */
function withSsrLoadModule(server, url) {
  return async () => void (await server.ssrLoadModule(url, { fixStacktrace: true }))
}

/**
 * @param {ViteDevServer} server
 * @param {string} url
 */
function withRunner(server, url) {
  return async () => {
    const { ssr } = server.environments
    if (!('runner' in ssr))
      throw new Error("vite's ssr environment runs elsewhere than in this process, and so would the hooks")
    await /** @type {import('vite').RunnableDevEnvironment} */ (ssr).runner.import(url)
  }
}

/** SvelteKit before 3 has `ssrLoadModule`. @param {string} root */
function usualWay(root) {
  try {
    const kit = createRequire(join(root, 'package.json')).resolve('@sveltejs/kit/package.json')
    return parseInt(JSON.parse(readFileSync(kit, 'utf8')).version) < 3 ? 'ssrLoadModule' : 'runner'
  } catch {
    return 'runner'
  }
}

/**
 * @param {string} root
 * @param {string} file
 */
function urlOf(root, file) {
  const path = relative(root, file).replaceAll('\\', '/')
  return path.startsWith('../') ? `/@fs/${file.replaceAll('\\', '/').replace(/^\//, '')}` : `/${path}`
}
