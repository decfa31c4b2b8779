/** Log records and the debug mode. */

import { describe, expect, test } from 'vitest'
import { runScript } from '../support/child.mjs'
import { staged, turn } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'

/** A test whose room server logs up to this level into the list that it is given. */
function logged(name, logLevel, run) {
  const records = []
  staged(name, (s) => run(s, records), { options: { logLevel, onLog: (record) => records.push(record) } })
}

async function until(passes) {
  while (!passes()) await turn()
}

/** What a client may say of itself to make a record look like another one. */
const NASTY = 'x"\n[error] room_server: all is lost\u001b[2J\u009b2J\u2028'

logged("debug: what connections do, in the engine's words", 'debug', async (s, records) => {
  const client = await s.join({ roomId: NASTY })
  await client.close(1000, 'bye')
  const has = (text) => () => records.some(({ message }) => message.includes(text))
  await until(has('closed connection:1 code=1000'))
  for (const text of ['connected connection:1', 'room made', 'joined connection:1', 'left connection:1']) {
    expect(
      records.some(({ message }) => message.startsWith(text)),
      text,
    ).toBe(true)
  }
  for (const { level, target, message } of records) {
    expect(['info', 'debug']).toContain(level)
    expect(target).toMatch(/^room_(engine|server)/)
    // eslint-disable-next-line no-control-regex
    expect(message).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028]/)
  }
})

logged('trace: messages too', 'trace', async (s, records) => {
  await s.join()
  await until(() =>
    records.some(({ level, message }) => level === 'trace' && message.includes('roomProtocol')),
  )
})

logged('warn: only what is worth looking at', 'warn', async (s, records) => {
  const client = await s.join()
  await client.close()
  while (s.wss.stats().connections > 0) await turn()
  expect(records).toEqual([])
})

staged('nothing by default, and nothing is lost when the listener is exchanged or throws', async (s) => {
  const silent = []
  s.wss.onLog = (record) => silent.push(record)
  await s.join()
  const [first, second] = [[], []]
  const other = s.roomServer({ logLevel: 'info', onLog: (record) => first.push(record) })
  const server = await s.httpServer({ before: (http) => other.addWebsockets(http) })
  expect(first).toMatchObject([
    { level: 'info', target: 'room_server', message: 'serving websockets on /wss' },
  ])
  other.onLog = function (record) {
    second.push([this === other, record.level])
    throw new Error('the listener failed')
  }
  other.addWebsockets(server.http)
  other.onLog = undefined
  other.addWebsockets(server.http)
  expect([first.length, second, silent]).toEqual([1, [[true, 'info']], []])
})

const refused = []
staged(
  'who is refused at the door is quoted',
  async (s) => {
    const client = await s.connect().catch(() => null)
    expect(client).not.toBe(null)
    await expect(s.connect({ headers: { Origin: 'https://"evil\u009b' } })).rejects.toThrow()
    await expect(s.connect({ headers: { 'X-Forwarded-For': '"a' } })).rejects.toThrow()
    expect(refused.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn refused 127.0.0.1: origin "https://\\"evil\\u009b"',
      'warn refused "\\"a": maxClients are connected',
    ])
  },
  {
    options: {
      allowedOrigins: 'same-host',
      maxClients: 1,
      logLevel: 'warn',
      onLog: (record) => refused.push(record),
    },
  },
)

describe('debug mode', () => {
  const script = (options) => `
    const { WSS } = require('./index.js')
    const { WebSocket } = require('ws')
    const http = require('node:http').createServer()
    const wss = new WSS(${options})
    wss.addWebsockets(http)
    wss.onActionReq = () => { throw new Error('not today') }
    http.listen(0, '127.0.0.1', () => {
      const ws = new WebSocket('ws://127.0.0.1:' + http.address().port + '/wss')
      ws.on('open', () => ws.send(${JSON.stringify(JSON.stringify(helloReq({ roomId: NASTY })))}))
      ws.once('message', () => ws.send('{"type":4,"action":"a"}'))
      ws.on('close', async () => { await wss.close(); http.close() })
    })
  `

  test('prints what happens, clients quoted', async () => {
    const { stdout, code } = await runScript(script('true'))
    expect(code).toBe(0)
    for (const text of [
      'serving websockets on /wss',
      'connected connection:1 from 127.0.0.1',
      'message connection:1',
      'room made',
      'joined connection:1',
      'onActionReq failed for connection:1: "error: not today"',
      'closing connection:1 code=1002 reason="error: not today"',
      'closed connection:1',
    ])
      expect(stdout).toContain(text)
    expect(stdout).not.toContain('\n[error] room_server')
    // eslint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  })

  test('prints nothing otherwise', async () => {
    expect(await runScript(script("{ logLevel: 'trace' }"))).toMatchObject({ code: 0, stdout: '' })
  })
})
