/** Examples in fresh folders, installed as a user does, with the package from its tarballs; and what runs in them. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { manifestOf } from '../../.ci/packages.mjs'
import { ARGS as CHROMIUM_ARGS, findChromium } from '../demo/support.mjs'
import { NAME, Project, tarballs } from '../packaging/support.mjs'
import { PACKAGE } from '../support/child.mjs'
import { within } from '../support/inbox.mjs'
import { freePort } from '../support/server.mjs'

export { CHROMIUM_ARGS, findChromium, freePort }

/** From a registry, on a busy machine. */
export const INSTALL_MS = 170_000

/**
 * A copy of an example with its packages.
 * @param {string} name of its folder
 * @param {(manifest: any) => void} [adapt] changes its package.json
 */
export async function install(name, adapt = () => {}) {
  const project = await Project.create()
  const packed = await tarballs()
  try {
    await cp(join(PACKAGE, 'examples', name), project.folder, {
      recursive: true,
      filter: (file) => !/[\\/](node_modules|\.svelte-kit|build|package-lock\.json)$/.test(file),
    })
    const manifest = manifestOf(project.folder)
    adapt(manifest)
    for (const file of packed.files) manifest.dependencies[packageIn(file)] = `file:${file}`
    await project.write('package.json', JSON.stringify(manifest, null, 2))
    const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
    const { code, stdout, stderr } = await project.run('npm', args, { timeout: INSTALL_MS })
    if (code !== 0) throw new Error(`npm install in ${name}: ${stdout}${stderr}`)
  } catch (error) {
    await project.remove()
    throw error
  } finally {
    await packed.remove()
  }
  return project
}

/** The name of the package in one of our tarballs. */
function packageIn(file) {
  const [, suffix] = /websocket-room-server(.*?)-\d+\.\d+\.\d+\S*\.tgz$/.exec(file)
  return `${NAME}${suffix}`
}

/** A picture of a page, for those who want to look: where SCREENSHOTS names a folder. */
export async function shot(page, name) {
  const { SCREENSHOTS } = process.env
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

/** A program in an example's folder. */
export class Running {
  /** What it has written, without colours. */
  output = ''
  #arrived = () => {}

  /**
   * @param {Project} project
   * @param {string[]} args of Node
   * @param {{ env?: Record<string, string>, node?: string }} [options]
   */
  constructor(project, args, { env = {}, node = process.execPath } = {}) {
    this.child = spawn(node, args, {
      cwd: project.folder,
      // As in a terminal of the user, not as in a test.
      env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: '', VITEST: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += stripVTControlCharacters(text)
        this.#arrived()
      })
    this.ended = once(this.child, 'exit').then(([code, signal]) => {
      this.#arrived()
      return signal ?? code
    })
  }

  /** Waits until it has written this, and tells what matched. */
  async wrote(pattern) {
    const found = new Promise((resolve, reject) => {
      this.#arrived = () => {
        const match = this.output.match(pattern)
        if (match) resolve(match)
        else if (this.child.exitCode !== null) reject(new Error(`it ended:\n${this.output}`))
      }
      this.#arrived()
    })
    return within(found, `${pattern} was not written:\n${this.output}`, 60_000).catch((error) => {
      throw new Error(`${error.message}\n${this.output}`)
    })
  }

  /** The address that it has printed. */
  async url() {
    const [, scheme, port] = await this.wrote(/(https?):\/\/[^\s:/]+:(\d+)/)
    return `${scheme}://127.0.0.1:${port}`
  }

  /** Ends it, and tells how: an exit code, or the name of the signal that it died of. */
  stop(signal = 'SIGTERM') {
    this.child.kill(signal)
    return within(this.ended, `it did not end by ${signal}:\n${this.output}`)
  }
}
