/**
 * A small application on vite in a folder of its own, whose package is this one (linked), and vite's servers for it. What it writes is
 * gone with it.
 */

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { PACKAGE } from '../support/child.mjs'
import { TestClient } from '../support/client.mjs'
import { gate, within } from '../support/inbox.mjs'

const NAME = '@cgreenhalgh/websocket-room-server'

/** The room server of this process, which vite's servers get too. */
export const { wss } = createRequire(import.meta.url)('../../index.js')

/** A hooks module whose actions are answered with this text. */
export const answering = (text, rest = '') => `
import { wss, MESSAGE_TYPE, type ActionReq } from '${NAME}'
wss.onActionReq = async (_wss, { id }: ActionReq) => ({ type: MESSAGE_TYPE.ACTION_RESP, id, success: true, data: ${text} })
${rest}
`

/** A configuration with the plugin, given as source text. */
export const configured = (options = `{ hooks: 'src/live.ts' }`, rest = '') => `
import { rooms } from '${NAME}/vite'
export default { plugins: [rooms(${options})], server: { port: 0, host: '127.0.0.1' }, preview: { port: 0, host: '127.0.0.1' }, ${rest} }
`

export class Project {
  /** What vite has written, without colours. */
  log = ''
  #servers = []
  #clients = []

  /**
   * @param {string} vite the name of the package, with which version ever
   * @param {Record<string, string>} files by path
   */
  constructor(vite, files = {}) {
    this.vite = vite
    this.root = mkdtempSync(join(tmpdir(), 'room-server-vite-'))
    this.link(NAME, PACKAGE)
    this.link('vite', join(PACKAGE, 'node_modules', vite))
    this.write('package.json', JSON.stringify({ name: 'app', type: 'module', dependencies: { [NAME]: '*' } }))
    this.write('index.html', '<h1>the application</h1>')
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  /** Puts a package into node_modules. */
  link(name, target) {
    const path = join(this.root, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(target, path, 'junction')
  }

  write(path, text) {
    const file = join(this.root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  remove(path) {
    rmSync(join(this.root, path))
  }

  /**
   * Writes a file as somebody does who works on the application: again if vite's watcher has not seen it, which drops what changes twice
   * in a moment.
   */
  async save(path, text) {
    const server = this.#servers.at(-1)
    if (!server) return this.write(path, text)
    const seen = gate()
    const look = (_event, file) => file.endsWith(path) && seen.open()
    server.watcher.on('all', look)
    const again = setInterval(() => this.write(path, text), 300)
    this.write(path, text)
    try {
      await within(seen.promise, `${path} was not seen to change`)
    } finally {
      clearInterval(again)
      server.watcher.off('all', look)
    }
  }

  /** A dev server, once it listens; `inline` is for what a configuration file can't say. */
  async dev(inline = {}) {
    const server = await this.create(inline)
    await server.listen()
    return server
  }

  /** A dev server that doesn't listen. */
  async create(inline = {}) {
    const { createServer } = await import(this.vite)
    const server = await createServer({ root: this.root, customLogger: this.#logger(), ...inline })
    this.#servers.push(server)
    return server
  }

  async preview(inline = {}) {
    const { preview } = await import(this.vite)
    const server = await preview({ root: this.root, customLogger: this.#logger(), ...inline })
    this.#servers.push(server)
    return server
  }

  /** Runs a program of node_modules here, to its end: `{ code, stdout, stderr }`. */
  run(name, ...args) {
    const { bin } = JSON.parse(readFileSync(join(this.root, 'node_modules', name, 'package.json'), 'utf8'))
    const script = join(this.root, 'node_modules', name, typeof bin === 'string' ? bin : bin[name])
    const options = { cwd: this.root, timeout: 30_000, env: { ...process.env, NO_COLOR: '1', VITEST: '' } }
    return new Promise((resolve) => {
      execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) =>
        resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
      )
    })
  }

  #logger() {
    const write = (text) => (this.log += `${stripVTControlCharacters(String(text))}\n`)
    const silent = { hasWarned: false, clearScreen() {}, hasErrorLogged: () => false }
    return { ...silent, info: write, warn: write, warnOnce: write, error: write }
  }

  /** A client that is about to connect. */
  client(server, path = '/wss', options) {
    const { port } = server.httpServer.address()
    const scheme = server.config.server.https ? 'wss' : 'ws'
    const client = new TestClient(`${scheme}://127.0.0.1:${port}${path}`, options)
    this.#clients.push(client)
    return client
  }

  /** A client in a room. */
  async join(server, fields, path) {
    const client = this.client(server, path)
    await client.opened
    await client.hello({ roomId: this.root, ...fields })
    return client
  }

  async close() {
    for (const client of this.#clients) client.terminate()
    for (const server of this.#servers) await server.close()
    rmSync(this.root, { recursive: true })
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(wss)))
      if (/^on[A-Z]/.test(name)) wss[name] = undefined
  }
}
