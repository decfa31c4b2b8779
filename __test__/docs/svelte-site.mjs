/**
 * An application in a page: vite with rooms, Svelte as its plugin compiles it, and what a page asks for. The real SvelteKit is in
 * __test__/examples.
 */

import { join } from 'node:path'
import { compile, compileModule } from 'svelte/compiler'
import { rooms } from '@cgreenhalgh/websocket-room-server/vite'
import { PACKAGE } from '../support/child.mjs'
import { Project } from '../vite/project.mjs'

const svelte = {
  name: 'svelte',
  transform(code, id) {
    const options = { filename: id, generate: 'client', css: 'injected' }
    if (id.endsWith('.svelte')) return compile(code, options).js
    if (id.endsWith('.svelte.js')) return compileModule(code, options).js
  },
}

const appPaths = {
  name: '$app/paths',
  resolveId: (id) => (id === '$app/paths' ? '\0paths' : null),
  load: (id) => (id === '\0paths' ? `export const resolve = (path) => path` : null),
}

/** GET /token: another one each time. */
function tokens() {
  let count = 0
  const answer = (_request, response) => response.end(`token ${++count}`)
  return { name: 'tokens', configureServer: ({ middlewares }) => void middlewares.use('/token', answer) }
}

export class SvelteSite extends Project {
  /** @param {Record<string, string>} files by path; the page runs `main.js` */
  constructor(files) {
    super('vite', { 'index.html': '<script type="module" src="/main.js"></script>', ...files })
    this.link('svelte', join(PACKAGE, 'node_modules/svelte'))
  }

  /** Serves it, and gives its address. */
  async open() {
    const server = await this.dev({
      configFile: false,
      plugins: [rooms(), svelte, appPaths, tokens()],
      server: { port: 0, host: '127.0.0.1' },
      // What is found late would have the page loaded again.
      optimizeDeps: { noDiscovery: true },
    })
    return `http://127.0.0.1:${server.httpServer.address().port}/`
  }
}
