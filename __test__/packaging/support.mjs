/** Projects in fresh folders that install the package as a user does: from the two tarballs, without a network. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packForThisMachine } from '../../.ci/packages.mjs'

const windows = process.platform === 'win32'

export const NAME = '@cgreenhalgh/websocket-room-server'

/** The tarballs `[main, platform]` in a folder of their own, and `remove()`. */
export async function tarballs() {
  const folder = await mkdtemp(join(tmpdir(), 'room-server-tarballs-'))
  return { files: packForThisMachine(folder), remove: () => rm(folder, { recursive: true }) }
}

/** A project in a fresh folder; `manifest` is its package.json. */
export class Project {
  static async create(manifest = {}) {
    const project = new Project()
    project.folder = await mkdtemp(join(tmpdir(), 'room-server-project-'))
    await project.write('package.json', JSON.stringify({ name: 'project', private: true, ...manifest }))
    return project
  }

  path(...names) {
    return join(this.folder, ...names)
  }

  /** Where a package is installed. */
  installed(name, ...names) {
    return this.path('node_modules', ...name.split('/'), ...names)
  }

  write(file, text) {
    return writeFile(this.path(file), text)
  }

  read(file) {
    return readFile(this.path(file), 'utf8')
  }

  /** `{ code, stdout, stderr }` of a command in the project's folder. */
  async run(command, args, { env = {}, timeout = 60_000 } = {}) {
    // As in a terminal: what `npm run --silent` has set for this process is not for others.
    const terminal = { ...process.env, NODE_OPTIONS: '', npm_config_loglevel: 'notice' }
    const options = { cwd: this.folder, timeout, env: { ...terminal, ...env } }
    try {
      // npm is a script on Windows.
      const shell = windows && command === 'npm'
      return { code: 0, ...(await promisify(execFile)(command, args, { ...options, shell })) }
    } catch (error) {
      if (typeof error.code !== 'number') throw error
      return error
    }
  }

  /** Runs npm; throws what it printed if it fails. */
  async npm(...args) {
    const result = await this.run('npm', [...args, '--no-audit', '--no-fund'])
    if (result.code !== 0) throw new Error(`npm ${args.join(' ')}: ${result.stderr}${result.stdout}`)
    return result
  }

  /** Runs a module's text in Node. */
  node(script, options) {
    return this.run(process.execPath, ['--input-type=module', '-e', script], options)
  }

  remove() {
    return rm(this.folder, { recursive: true })
  }
}
