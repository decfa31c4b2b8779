/**
 * The same application, not a letter changed, on the original and on this package: everything that clients are told is the same, byte for
 * byte. What differs on purpose is in docs/divergences.md, and tested in __test__/conformance.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kindsOf } from '../docs/asyncapi.mjs'
import { PROTOCOL } from '../support/card-table.mjs'
import { PACKAGE } from '../support/child.mjs'
import { TestClient } from '../support/client.mjs'

const NAME = '@cgreenhalgh/websocket-room-server'
const FILES = ['__test__/migrating/fixtures/app.mjs', '__test__/support/card-table.mjs']

/** The application in a folder and a process of its own, with a package under the original's name. */
class Application {
  #folder = mkdtempSync(join(tmpdir(), 'room-server-drop-in-'))
  /** By client, in the order in which they came: all that it was told. */
  transcripts = []

  async start(target) {
    mkdirSync(join(this.#folder, 'node_modules/@cgreenhalgh'), { recursive: true })
    symlinkSync(target, join(this.#folder, 'node_modules', NAME), 'junction')
    for (const file of FILES) copyFileSync(join(PACKAGE, file), join(this.#folder, file.split('/').at(-1)))
    this.child = fork(join(this.#folder, 'app.mjs'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const [port] = await once(this.child, 'message')
    this.address = `127.0.0.1:${port}`
    return this
  }

  async connect(options) {
    const client = new TestClient(`ws://${this.address}/wss`, options)
    const transcript = []
    this.transcripts.push(transcript)
    client.ws.on('message', (data, isBinary) => transcript.push(`${isBinary ? 'binary' : 'text'} ${data}`))
    client.ws.on('close', (code, reason) => transcript.push(`close ${code} ${reason}`))
    return client.opened
  }

  async sit({ headers, ...fields } = {}) {
    const client = await this.connect({ headers })
    const hello = { roomProtocol: PROTOCOL, roomId: 'table', roomCredential: 'rw', clientState: {} }
    await client.hello({ ...hello, ...fields })
    return client
  }

  async get(route) {
    return (await fetch(`http://${this.address}${route}`)).json()
  }

  async stop() {
    if (this.child?.exitCode === null) {
      this.child.kill('SIGKILL')
      await once(this.child, 'exit')
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** An evening at the table. Each step waits until everybody has heard of the one before, so that there is one possible transcript. */
async function play(app) {
  const looks = []
  const look = async () => looks.push(await app.get('/look'))

  const north = await app.sit({
    clientName: 'Ann',
    clientType: 'player',
    clientState: { bridge: 'true', seat: 'mine' },
  })
  const east = await app.sit({
    clientName: 'Bob – ✓',
    headers: { Cookie: 'theme=dark; code=rw' },
    roomCredential: undefined,
  })
  await north.take(2)
  const watcher = await app.sit({ roomCredential: 'ro' })
  await look()

  east.change({ room: { title: 'Renamed', 'a b/c:d': '' }, client: { mood: '"quoted" \u2028' }, echo: true })
  for (const client of [east, north, watcher]) await client.next()
  east.change({ room: { 'card:1': 'x=9' } }) // not allowed: the others hear of an empty change
  for (const client of [north, watcher]) await client.next()
  east.action('move', { id: '7', data: 'card:1' })
  await east.next()
  await north.next()
  await look()
  north.change({ room: [{ key: 'card:1', value: 'x=5,y=5' }, { key: 'card:2' }], echo: true })
  await east.take(2)
  await north.next()
  await watcher.next()
  await look()

  await app.get('/title')
  await app.get('/snapshot')
  for (const client of [north, east, watcher]) await client.take(2)
  await east.action('spotlight', { id: 'a' }).take(2)
  await north.next()
  await watcher.next()
  await east.ask('dance', { id: 'b' })
  await look()

  await north.terminate() // the bridge goes: the next one is asked to take over
  await east.take(3)
  await watcher.take(2)
  const again = await app.sit({ clientName: 'Ann' })
  await east.take(2)
  await watcher.take(2)
  watcher.change({ room: { title: 'not for watchers' } })
  await watcher.closed
  await again.quiet()
  again.change({ room: [{ key: 7 }] })
  await again.closed
  await east.take(2)
  east.send({ type: 99 })
  await east.closed

  const late = await app.connect()
  late.send({
    protocol: 'websocket-room-server:1',
    roomProtocol: 'card-table:1',
    roomId: 'table',
    clientState: {},
  })
  await late.closed
  for (let rooms = ['?']; rooms.length > 0;) ({ rooms } = await app.get('/look')) // deleted by the last one's leave hook
  const next = await app.sit()
  await look()
  await next.close(3001, 'good night')
  return { looks, transcripts: app.transcripts }
}

async function evening(target) {
  const app = new Application()
  try {
    await app.start(target)
    return { version: await app.get('/version'), ...(await play(app)) }
  } finally {
    await app.stop()
  }
}

test('an application of the original runs unchanged, and its clients are told the same, byte for byte', async () => {
  const { version: before, ...original } = await evening(join(PACKAGE, 'node_modules/original-room-server'))
  const { version: after, ...ours } = await evening(PACKAGE)
  expect([before, after]).toEqual([expect.stringMatching(/^1\./), expect.stringMatching(/^2\./)])
  expect(ours).toEqual(original)
  expect(original.transcripts.flat().length).toBeGreaterThan(40)
  const texts = original.transcripts.flat().filter((line) => line.startsWith('text '))
  for (const text of texts) expect(kindsOf(JSON.parse(text.slice(5))), text).toHaveLength(1)
  expect(original.looks[0].seats).toEqual(['north', 'east', null])
})
