/** The two tarballs of `npm run pack`: what is in them, and that they work together in an empty project. */

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifestOf, notices, platforms } from '../../.ci/packages.mjs'
import { platform } from '../../src/js/server/platform.js'
import { PACKAGE } from '../support/child.mjs'
import { NAME, Project, tarballs } from './support.mjs'

const HERE = `${NAME}-${platform()}`

/** Serves rooms, joins one, changes its state and prints what was announced. */
const SERVE = `
  import { createServer } from 'node:http'
  import { once } from 'node:events'
  import { wss, MESSAGE_TYPE, PROTOCOL } from '${NAME}'
  const http = createServer()
  wss.addWebsockets(http)
  await once(http.listen(0, '127.0.0.1'), 'listening')
  const ws = new (await import('ws')).WebSocket('ws://127.0.0.1:' + http.address().port + '/wss')
  await once(ws, 'open')
  ws.send(JSON.stringify({ protocol: PROTOCOL, roomProtocol: '', roomId: 'room', clientState: {} }))
  await once(ws, 'message')
  ws.send(JSON.stringify({ type: MESSAGE_TYPE.CHANGE_REQ, roomChanges: [{ key: 'k', value: 'v' }], echo: true }))
  const [data] = await once(ws, 'message')
  console.log(JSON.parse(data).roomChanges[0].value, wss.rooms.room.state.k)
  ws.close()
  http.close()
`

describe('installed from the two tarballs', () => {
  let packed
  let project

  beforeAll(async () => {
    packed = await tarballs()
    project = await Project.create()
    await project.npm('install', '--offline', ...packed.files)
  }, 60_000)

  afterAll(async () => {
    await project?.remove()
    await packed?.remove()
  })

  test('there is nothing in node_modules but the package and its build', async () => {
    const scopes = (await readdir(project.path('node_modules'))).filter((name) => !name.startsWith('.'))
    expect(scopes).toEqual([NAME.split('/')[0]])
    const names = await readdir(project.path('node_modules', scopes[0]))
    expect(names.map((name) => `${scopes[0]}/${name}`).sort()).toEqual([NAME, HERE])
  })

  test('the package has no binary, its build nothing else', async () => {
    const main = await readdir(project.installed(NAME), { recursive: true })
    expect(main.filter((file) => file.endsWith('.node'))).toEqual([])
    expect((await readdir(project.installed(HERE))).sort()).toEqual([
      'LICENSE',
      'README.md',
      // Where it has been written: `npm run notices`.
      ...(existsSync(notices) ? [basename(notices)] : []),
      'package.json',
      `websocket-room-server.${platform()}.node`,
    ])
  })

  test('its package.json names the builds of all platforms in this version, and nothing that only a clone has', async () => {
    const manifest = manifestOf(project.installed(NAME))
    const { version } = manifestOf(PACKAGE)
    expect(manifest.optionalDependencies).toEqual(
      Object.fromEntries(platforms.map((folder) => [manifestOf(folder).name, version])),
    )
    expect(manifest).not.toHaveProperty('scripts')
    expect(manifest).not.toHaveProperty('devDependencies')
    expect(manifest).not.toHaveProperty('dependencies')
    // npm would keep vite in production: docs/packaging.md.
    expect(manifest).not.toHaveProperty('peerDependencies')
    expect(manifest.peerDependenciesMeta).toEqual({ vite: { optional: true } })
  })

  test('everything that exports name is there', () => {
    const files = leaves(manifestOf(project.installed(NAME)).exports).filter((file) => !file.includes('*'))
    expect(files).toContain('./index.js')
    expect(files.filter((file) => !existsSync(project.installed(NAME, file)))).toEqual([])
  })

  test('every subpath can be imported without anything else being installed, and starts nothing', async () => {
    const names = Object.keys(manifestOf(project.installed(NAME)).exports).filter(
      (key) => !key.endsWith('.json'),
    )
    expect(names).toEqual(expect.arrayContaining(['.', './protocol', './client', './testing', './vite']))
    const imports = names.map(
      (key) => `console.log(Object.keys(await import('${NAME}${key.slice(1)}')).length > 0)`,
    )
    const { code, stdout, stderr } = await project.node(imports.join('\n'))
    expect([code, stderr, stdout]).toEqual([0, '', 'true\n'.repeat(names.length)])
  })

  test('what is CommonJS can be required, and is what is imported', async () => {
    const { code, stdout, stderr } = await project.node(`
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      console.log(require('${NAME}').wss === (await import('${NAME}')).wss)
      console.log(require('${NAME}/protocol').PROTOCOL === (await import('${NAME}/protocol')).PROTOCOL)
      console.log(require('${NAME}/testing').startRooms === (await import('${NAME}/testing')).startRooms)
    `)
    expect([code, stderr, stdout]).toEqual([0, '', 'true\n'.repeat(3)])
  })

  test('what bundlers take for pages loads no server code', async () => {
    const script = `
      import { MESSAGE_TYPE, wss } from '${NAME}'
      let refused
      try { wss.rooms } catch (error) { refused = error.message }
      console.log(MESSAGE_TYPE.CHANGE_REQ, /on the server only/.test(refused))
    `
    const args = ['--conditions=browser', '--input-type=module', '-e', script]
    expect(await project.run(process.execPath, args)).toMatchObject({ code: 0, stdout: '2 true\n' })
  })

  test('it serves rooms, and the process ends', async () => {
    const ws = JSON.stringify(new URL('../../node_modules/ws/wrapper.mjs', import.meta.url).href)
    const { code, stdout, stderr } = await project.node(SERVE.replace("'ws'", ws))
    expect([code, stderr, stdout]).toEqual([0, '', 'v v\n'])
  })
})

/** The strings at the ends of nested objects. */
function leaves(value) {
  return typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(leaves)
}
