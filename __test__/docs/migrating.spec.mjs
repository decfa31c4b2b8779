/** docs/MIGRATING.md: each of the lines for package.json, installed by npm. proxies.spec.mjs has the settings for nginx. */

import { cp, mkdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifestOf } from '../../.ci/packages.mjs'
import { platform } from '../../src/js/server/platform.js'
import { Registry } from '../packaging/registry.mjs'
import { NAME, Project, tarballs } from '../packaging/support.mjs'
import { PACKAGE } from '../support/child.mjs'
import { everyBlockIsRun, Page } from './page.mjs'

const page = new Page('docs/MIGRATING.md')
const { version } = manifestOf(PACKAGE)

/** An application of the original's: it imports what it has always imported, and prints what it got. */
const APPLICATION = `
  import { createServer } from 'node:http'
  import { wss, PROTOCOL } from '${NAME}'
  wss.addWebsockets(createServer())
  wss.rooms.room = { id: 'room', clients: {}, state: {} }
  console.log(PROTOCOL, Object.keys(wss.rooms), typeof wss.closeRoom)
`

let packed
let registry
beforeAll(async () => {
  packed = await tarballs()
  registry = await new Registry().open()
  const engine = `${NAME}-${platform()}`
  const main = { ...manifestOf(PACKAGE), optionalDependencies: { [engine]: version } }
  for (const name of [NAME, '@your-scope/websocket-room-server'])
    registry.publish({ ...main, name }, packed.files[0])
  registry.publish({ name: engine, version }, packed.files[1])
}, 60_000)
afterAll(async () => {
  await registry.close()
  await packed.remove()
})

/** Installs what a block says, in a folder of its own, and runs the application there. */
async function runsWith(manifest) {
  const project = await Project.create(manifest)
  try {
    await mkdir(project.path('vendor'))
    for (const file of packed.files) await cp(file, project.path('vendor', basename(file)))
    await project.npm('install', `--registry=${registry.url}`, `--cache=${project.path('cache')}`)
    expect(manifestOf(project.installed(NAME)).version).toBe(version)
    const { code, stdout, stderr } = await project.node(APPLICATION)
    expect([code, stderr, stdout]).toEqual([0, '', `websocket-room-server:1 [ 'room' ] function\n`])
  } finally {
    await project.remove()
  }
}

test.each([
  ['published under its own name', '"^2.0.0"'],
  ['published under another name', 'npm:@your-scope'],
])('%s', { timeout: 60_000 }, (_how, text) => runsWith(JSON.parse(page.block(text).code)))

test('not published: two tarballs', { timeout: 60_000 }, async () => {
  const { code } = page.block('file:vendor')
  const [ofPage] = /\d+\.\d+\.\d+(?=\.tgz)/.exec(code)
  await runsWith(JSON.parse(code.replaceAll('linux-x64-gnu', platform()).replaceAll(ofPage, version)))
})

everyBlockIsRun(page)
