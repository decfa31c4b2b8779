/** Loading the package, and the end of processes that have loaded it. */

import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { runScript } from '../support/child.mjs'
import { divergence } from '../support/lifecycle.mjs'

const require = createRequire(import.meta.url)

/** Serves rooms on `http`; `join(then)` opens a client in the same process, which prints how it was closed. */
const SERVE = `
  const { wss } = require('./index.js')
  const { WebSocket } = require('ws')
  const http = require('node:http').createServer()
  wss.addWebsockets(http)
  const hello = JSON.stringify({ protocol: 'websocket-room-server:1', roomProtocol: '', roomId: 'room', clientState: {} })
  function join(then) {
    const ws = new WebSocket('ws://127.0.0.1:' + http.address().port + '/wss')
    ws.on('open', () => ws.send(hello))
    ws.once('message', () => then(ws))
    ws.on('close', (code) => console.log('closed', code))
  }
  const listening = (then) => http.listen(0, '127.0.0.1', then)
`

/** A process that serves rooms, prints its port, and does `then` when its first client has joined. */
const servedElsewhere = (then) => `
  const { spawn } = require('node:child_process')
  const { WebSocket } = require('ws')
  const script = ${JSON.stringify(`${SERVE}; wss.onActionReq = () => { ${then} }; listening(() => console.log(http.address().port))`)}
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.once('data', (port) => {
    const ws = new WebSocket('ws://127.0.0.1:' + String(port).trim() + '/wss')
    ws.on('open', () => ws.send(JSON.stringify({ protocol: 'websocket-room-server:1', roomProtocol: '', roomId: 'room', clientState: {} })))
    ws.once('message', () => ws.send('{"type":4,"action":"end"}'))
    ws.on('error', () => {})
    ws.on('close', (code) => console.log('closed', code))
  })
  child.on('exit', (code, signal) => console.log('exit', code, signal))
`

describe.concurrent('processes', () => {
  test(divergence('import-timer', 'a process that only loads the package ends at once'), async () => {
    for (const [script, module] of [
      ["require('./index.js')", false],
      ["import './index.js'", true],
      ["new (require('./index.js').WSS)()", false],
      [
        "const { wss } = require('./index.js'); wss.addWebsockets(require('node:http').createServer())",
        false,
      ],
      [
        "const { wss } = require('./index.js'); wss.rooms.a = { id: 'a', clients: {}, state: {} }; wss.onLeave = () => {}",
        false,
      ],
    ]) {
      const { code, stderr, ms } = await runScript(script, { module })
      expect([code, stderr]).toEqual([0, ''])
      expect(ms).toBeLessThan(5_000)
    }
  })

  test('process.exit with live sockets ends at once; clients see the end', async () => {
    const { stdout, code } = await runScript(servedElsewhere('process.exit(0)'))
    expect(stdout).toContain('exit 0 null')
    expect(stdout).toMatch(/closed 100[16]/)
    expect(code).toBe(0)
  })

  test('an error of the application that nobody catches ends the process as ever', async () => {
    const { stdout, stderr } = await runScript(
      servedElsewhere("setImmediate(() => { throw new Error('mine') })"),
    )
    expect(stderr).toContain('Error: mine')
    expect(stdout).toContain('exit 1 null')
    expect(stdout).toMatch(/closed 100[16]/)
  })

  test('a signal ends the process as ever', async () => {
    const { stdout } = await runScript(servedElsewhere("process.kill(process.pid, 'SIGTERM')"))
    expect(stdout).toContain('exit null SIGTERM')
  })

  test('a process ends by itself when its server is closed and its clients have gone', async () => {
    const script = `${SERVE}; listening(() => join((ws) => { ws.close(1000); ws.on('close', () => http.close()) }))`
    expect(await runScript(script)).toMatchObject({ code: 0, stdout: 'closed 1000\n', stderr: '' })
  })

  test('closing the http server tells the clients with 1001, and the process ends', async () => {
    const script = `${SERVE}; listening(() => join(() => http.close(() => console.log('server closed'))))`
    const { code, stdout, stderr } = await runScript(script)
    expect([code, stderr, stdout.split('\n').sort()]).toEqual([0, '', ['', 'closed 1001', 'server closed']])
  })

  test('a connection keeps the process of its server alive no longer than the server', async () => {
    const script = `${SERVE}; listening(() => join((ws) => { http.unref(); ws._socket.unref() }))`
    const { code, ms } = await runScript(script)
    expect(code).toBe(0)
    expect(ms).toBeLessThan(5_000)
  })
})

describe('copies of the package', () => {
  test('import and require give the same objects', async () => {
    const [imported, required] = [await import('../../index.js'), require('../../index.js')]
    for (const name of ['wss', 'WSS', 'MESSAGE_TYPE', 'PROTOCOL']) {
      expect(imported[name]).toBe(required[name])
      expect(imported[name]).toBeDefined()
    }
  })

  test('a second copy of the JavaScript finds the same exported room server', () => {
    const { wss } = require('../../index.js')
    const own = Object.keys(require.cache).filter(
      (file) => /[/\\](index\.js|src[/\\]js[/\\].*)$/.test(file) && !file.includes('node_modules'),
    )
    const kept = own.map((file) => [file, require.cache[file]])
    for (const file of own) if (!file.endsWith('.cjs')) delete require.cache[file]
    try {
      expect(require('../../index.js').wss).toBe(wss)
    } finally {
      for (const [file, module] of kept) require.cache[file] = module
    }
  })
})
