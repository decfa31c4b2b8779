/** Installed from git: npm clones, and `prepare` builds the addon from source. It is what was committed last that is installed. */

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { platform } from '../../src/js/server/platform.js'
import { PACKAGE } from '../support/child.mjs'
import { NAME, Project } from './support.mjs'

const repository = `git+${pathToFileURL(PACKAGE)}`

let project
afterEach(() => project?.remove())

test('the addon is built from source and works', async () => {
  project = await Project.create()
  // What was compiled for the last run is kept.
  const env = { CARGO_TARGET_DIR: join(PACKAGE, 'target', 'git-install') }
  const { code, stderr } = await project.run('npm', ['install', repository], { env, timeout: 14 * 60_000 })
  expect([code, stderr]).toEqual([0, expect.any(String)])
  expect(await readdir(project.installed(NAME, 'src/js/native'))).toContain(
    `websocket-room-server.${platform()}.node`,
  )
  const script = `
    import { createServer } from 'node:http'
    import { wss } from '${NAME}'
    wss.addWebsockets(createServer())
    console.log(wss.stats().rooms)
  `
  expect(await project.node(script)).toMatchObject({ code: 0, stdout: '0\n' })
})

test('without cargo the installation fails and says what is needed', async () => {
  project = await Project.create()
  const { code, stderr } = await project.run('npm', ['install', repository], {
    env: { PATH: pathWithoutCargo() },
    timeout: 5 * 60_000,
  })
  expect(code).not.toBe(0)
  expect(stderr).toContain('`cargo` was not found')
  expect(stderr).toContain('https://rustup.rs')
})

/** Where Rust is installed in a folder of its own, as rustup does it. */
function pathWithoutCargo() {
  const cargo = process.platform === 'win32' ? 'cargo.exe' : 'cargo'
  const folders = process.env.PATH.split(delimiter)
  return folders.filter((folder) => !existsSync(join(folder, cargo))).join(delimiter)
}
