/** What the reader of a page has at its end: a folder with the files that it builds up. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Project } from './project.mjs'

const PRINTED_URL = /http:\/\/(?:localhost|127\.0\.0\.1):\d+/

export class PageFolder extends Project {
  #children = []

  /** @param {import('./page.mjs').Page} [page] without one the folder has no files at first */
  constructor(page) {
    super()
    for (const { about, code } of page?.files() ?? []) this.write(about, code)
  }

  /** Runs a file with Node until it ends: `{ code, output }`. */
  async run(args, env = {}) {
    const child = this.#spawn(args, env)
    const [code] = await once(child, 'close')
    return { code, output: child.output }
  }

  /** Starts a server: the address that it prints. */
  async serve(args, env = {}) {
    const child = this.#spawn(args, env)
    const url = await new Promise((resolve, reject) => {
      const look = () => PRINTED_URL.test(child.output) && resolve(PRINTED_URL.exec(child.output)[0])
      child.stdout.on('data', look)
      child.once('close', (code) => reject(new Error(`ended with ${code}: ${child.output}`)))
    })
    return { url, child }
  }

  #spawn(args, env) {
    const child = spawn(process.execPath, args, {
      cwd: this.folder,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        VITEST: '',
        NODE_ENV: '',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (child.output += text))
    this.#children.push(child)
    return child
  }

  async remove() {
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(
      this.#children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'close')),
    )
    super.remove()
  }
}
