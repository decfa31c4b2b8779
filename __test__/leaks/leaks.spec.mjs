/** A short count of what connects leave behind; `npm run test:leaks` is the long one. */

import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { runScript } from '../support/child.mjs'
import { HttpServer } from '../support/server.mjs'

const { NativeServer } = createRequire(import.meta.url)('../../src/js/native/binding.cjs')

const onLinux = process.platform === 'linux'

test.runIf(onLinux)('300 connects leave no descriptor and no object', { timeout: 90_000 }, async () => {
  const script = "import('./__test__/leaks/connects.mjs')"
  const args = ['--no-warnings']
  const env = { CONNECTS: '300', TRANSPORT: 'http' }
  const { code, stdout, stderr } = await runScript(script, { args, env, limit: 80_000 })
  expect(code, stdout + stderr).toBe(0)
})

test.runIf(onLinux)(
  'a room server goes when the application lets go of it',
  { timeout: 60_000 },
  async () => {
    const args = ['--no-warnings', '--expose-gc']
    const { code, stdout, stderr } = await runScript("import('./__test__/leaks/let-go.mjs')", {
      args,
      limit: 50_000,
    })
    expect(code, stderr).toBe(0)
    const lives = stdout.trim().split('\n').map(JSON.parse)
    expect(lives.length).toBeGreaterThan(5)
    expect(lives.filter(({ kept }) => kept.length > 0)).toEqual([])
  },
)

/** What a take-over may come to, and how many descriptors it leaves: the copy that the engine has, or none. */
describe.runIf(onLinux)('taking a socket over', () => {
  const descriptors = () => readdirSync('/proc/self/fd').length
  const upgrade = {
    method: 'GET',
    upgrade: 'websocket',
    key: 'dGhlIHNhbXBsZSBub25jZQ==',
    version: '13',
    info: '',
    group: 1,
  }
  const rows = [
    ['of a descriptor that is not there', () => 1_000_000],
    ['of no descriptor', () => -1],
  ]

  for (const [name, fd] of rows)
    test(`${name} fails and leaves none`, () => {
      const server = new NativeServer({}, () => {})
      server.start()
      const before = descriptors()
      expect(() => server.adopt(fd(), Buffer.alloc(0), upgrade)).toThrow()
      expect(descriptors()).toBe(before)
      server.stop()
    })

  async function connected(use) {
    const server = await new HttpServer().listen()
    const accepted = new Promise((resolve) => server.http.once('connection', resolve))
    const client = await server.dial()
    try {
      await use(await accepted, client)
    } finally {
      client.socket.destroy()
      await server.stop()
    }
  }

  test('by an engine that was stopped fails and leaves none', () =>
    connected((socket) => {
      const native = new NativeServer({}, () => {})
      native.start()
      native.stop()
      const before = descriptors()
      expect(() => native.adopt(socket._handle.fd, Buffer.alloc(0), upgrade)).toThrow(/stopped/)
      expect(descriptors()).toBe(before)
    }))

  test('makes one copy, which is closed once with the connection', () =>
    connected(async (socket, client) => {
      const native = new NativeServer({}, () => {})
      native.start()
      const before = descriptors()
      native.adopt(socket._handle.fd, Buffer.alloc(0), upgrade)
      expect(descriptors()).toBe(before + 1)
      socket.destroy()
      await client.response()
      client.reset()
      await expect.poll(() => native.openConnections()).toBe(0)
      // Node's own and the engine's copy are gone, and the client's.
      await expect.poll(descriptors).toBe(before - 2)
      native.stop()
    }))
})
