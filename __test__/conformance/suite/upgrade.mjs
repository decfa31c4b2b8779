/** How an HTTP request becomes a connection: the path, the handshake, and what else arrives with it. */

import { expect } from 'vitest'
import { changeReq, helloReq } from '../../support/messages.mjs'
import { frame, upgradeRequest } from '../../support/raw-client.mjs'

const OTHER_PATHS = ['/', '/ws', '/wss/', '/WSS', '/wssx', '/%77ss', '/wss/room', '/a/wss']

const BAD_HANDSHAKES = [
  ['no key', { 'Sec-WebSocket-Key': undefined }, 400],
  ['a key that is too short', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 400],
  ['a key that is not base64', { 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!!!' }, 400],
  ['no version', { 'Sec-WebSocket-Version': undefined }, 400],
  ['version 7', { 'Sec-WebSocket-Version': '7' }, 400],
  ['version 14', { 'Sec-WebSocket-Version': '14' }, 400],
  ['another protocol than websocket', { Upgrade: 'h2c' }, 400],
  ['the method POST', {}, 405, 'POST'],
]

export function upgrade({ behaviour, repaired }) {
  behaviour('an upgrade of /wss is answered with the accept key of the standard', async (s) => {
    const client = await s.dial()
    const { status, headers } = await client.upgrade()
    expect(status).toBe(101)
    expect(headers.upgrade).toBe('websocket')
    expect(headers.connection).toBe('Upgrade')
    expect(headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    expect(headers).not.toHaveProperty('sec-websocket-protocol')
    expect(headers).not.toHaveProperty('sec-websocket-extensions')
  })

  behaviour('the path may carry a query', async (s) => {
    for (const path of ['/wss?', '/wss?a=1&b=/x', '/wss?/wss']) {
      const client = await s.connect({ path })
      expect(await client.hello()).toMatchObject({ type: 1 })
    }
  })

  behaviour('the words of the upgrade headers may be in any case', async (s) => {
    const client = await s.dial()
    await client.upgrade({ headers: { Connection: 'keep-alive, upgrade', Upgrade: 'WebSocket' } })
  })

  behaviour('the versions 13 and 8 are accepted', async (s) => {
    for (const version of ['13', '8']) {
      const client = await s.dial()
      await client.upgrade({ headers: { 'Sec-WebSocket-Version': version } })
    }
  })

  behaviour('the first subprotocol on offer is chosen', async (s) => {
    const client = await s.connect({ protocols: ['first', 'second'] })
    expect(client.ws.protocol).toBe('first')
  })

  behaviour('compression is not agreed to', async (s) => {
    const client = await s.connect({ perMessageDeflate: true })
    expect(client.ws.extensions).toBe('')
  })

  for (const [what, headers, status, method] of BAD_HANDSHAKES) {
    behaviour(`a handshake with ${what} is answered ${status} and the connection ended`, async (s) => {
      const client = await s.dial()
      client.write(upgradeRequest('/wss', headers, method))
      expect((await client.response()).status).toBe(status)
      await client.ended
    })
  }

  behaviour('other paths are left to other listeners, with socket and head intact', async (s) => {
    const answer = (_request, socket, head) =>
      socket.end(`HTTP/1.1 418 Teapot\r\nContent-Length: ${head.length}\r\n\r\n${head}`)
    const server = await s.httpServer({
      before(http) {
        s.wss.addWebsockets(http)
        http.on('upgrade', (request, ...rest) => request.url.startsWith('/wss?') || answer(request, ...rest))
      },
    })
    for (const path of OTHER_PATHS) {
      const client = await s.dial(server)
      client.write(upgradeRequest(path), 'the head')
      expect(await client.response()).toMatchObject({ status: 418, body: 'the head' })
    }
  })

  behaviour('a listener that was there before gets the other paths, and ours still gets /wss', async (s) => {
    const server = await s.httpServer({
      before(http) {
        http.on('upgrade', (request, socket) => {
          if (request.url === '/hmr') socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n')
        })
        s.wss.addWebsockets(http)
      },
    })
    const client = await s.dial(server)
    client.write(upgradeRequest('/hmr'))
    expect((await client.response()).status).toBe(418)
    expect((await s.join({}, { server })).welcome.type).toBe(1)
  })

  behaviour('an upgrade of another path that nobody else wants', async (s) => {
    const client = await s.dial()
    client.write(upgradeRequest('/other'))
    if (s.differs('foreign-path', 'left open without an answer', '404') === '404') {
      expect((await client.response()).status).toBe(404)
      return client.ended
    }
    await s.join()
    expect([client.received, client.socket.readableEnded]).toEqual([0, false])
  })

  repaired('foreign-path', 'a reset on another path disturbs nobody', async (s) => {
    const server = await s.httpServer({
      before(http) {
        s.wss.addWebsockets(http)
        http.on('upgrade', () => {})
      },
    })
    const client = await s.dial(server)
    client.write(upgradeRequest('/other'))
    client.reset()
    expect((await s.join({}, { server })).welcome.type).toBe(1)
  })

  behaviour('ordinary requests go to the application, those for /wss too', async (s) => {
    for (const method of ['GET', 'POST']) {
      const client = await s.dial()
      client.write(`${method} /wss HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`)
      const { status, headers } = await client.response()
      expect([status, headers['transfer-encoding'] ?? headers['content-length']]).toEqual([200, '15'])
    }
  })

  behaviour('a connection that has served ordinary requests may be upgraded', async (s) => {
    const client = await s.dial()
    for (const path of ['/', '/wss']) {
      client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      expect(await client.response()).toMatchObject({ status: 200, body: 'the application' })
    }
    await client.join()
    expect(client.welcome.type).toBe(1)
  })

  behaviour('frames in the same packet as the request are processed', async (s) => {
    const client = await s.dial()
    const hello = frame(JSON.stringify(helloReq()))
    const change = frame(JSON.stringify(changeReq({ room: { a: '1' }, echo: true })))
    await client.upgrade({ head: Buffer.concat([hello, change]) })
    expect(await client.next()).toMatchObject({ type: 1 })
    expect(await client.next()).toMatchObject({ type: 3, roomChanges: [{ key: 'a', value: '1' }] })
  })

  behaviour('part of a frame in the same packet as the request is completed later', async (s) => {
    const client = await s.dial()
    const hello = frame(JSON.stringify(helloReq()))
    await client.upgrade({ head: hello.subarray(0, 9) })
    client.write(hello.subarray(9))
    expect(await client.next()).toMatchObject({ type: 1 })
  })

  behaviour('300 kB behind the request are processed', async (s) => {
    const client = await s.dial()
    await client.upgrade({
      head: frame(JSON.stringify(helloReq({ clientState: { big: 'x'.repeat(300_000) } }))),
    })
    expect((await client.next()).clients['connection:1'].clientState.big).toHaveLength(300_000)
  })

  behaviour('a request that arrives byte by byte is served', async (s) => {
    const client = await s.dial()
    const request = Buffer.from(upgradeRequest())
    await client.writeSplit([...request].map((byte) => Buffer.of(byte)))
    expect((await client.response()).status).toBe(101)
  })

  behaviour('the hello hook sees the Cookie header as it was sent, undefined without one', async (s) => {
    const seen = []
    s.wss.onHelloReq = async (_wss, req, _id, sws) => {
      seen.push(sws.cookies)
      return { clientState: req.clientState, readonly: false }
    }
    await s.join({}, { headers: { Cookie: 'a=1; b="x y"; c=%20' } })
    await s.join()
    expect(seen).toEqual(['a=1; b="x y"; c=%20', undefined])
  })

  behaviour('connections are numbered from 1, those that never say hello too', async (s) => {
    expect(s.wss.client).toBe(0)
    const silent = await s.connect()
    expect((await s.join()).id).toBe('connection:2')
    await silent.terminate()
    expect((await s.join()).id).toBe('connection:3')
    expect(s.wss.client).toBe(3)
  })

  behaviour('a handshake that fails uses up no number', async (s) => {
    const client = await s.dial()
    client.write(upgradeRequest('/wss', { 'Sec-WebSocket-Version': '7' }))
    await client.response()
    expect((await s.join()).id).toBe('connection:1')
  })
}
