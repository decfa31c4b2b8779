/**
 * What ends the original's process, or leaves it with clients that never go away, and what we do instead. The original's side is
 * shown in a process of its own.
 */

import { expect } from 'vitest'
import { runScript } from '../../support/child.mjs'
import { gate, within } from '../../support/inbox.mjs'
import { changeReq, helloReq } from '../../support/messages.mjs'
import { frame } from '../../support/raw-client.mjs'

const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
]
const LONG = 'x'.repeat(1000)

/** Runs `body` with the original listening; it has `wss`, `http` and `connect(firstMessage, then)`. */
const withOriginal = (body) =>
  runScript(`
    const { WSS } = require('original-room-server')
    const { WebSocket } = require('ws')
    const wss = new WSS()
    const http = require('http').createServer()
    wss.addWebsockets(http)
    const hello = (fields) => JSON.stringify({ protocol: 'websocket-room-server:1', roomProtocol: '', roomId: 'room', clientState: {}, ...fields })
    function connect(first, then = () => {}) {
      const ws = new WebSocket('ws://127.0.0.1:' + http.address().port + '/wss')
      ws.on('open', () => ws.send(first))
      ws.on('error', () => {})
      ws.on('message', (data) => then(ws, JSON.parse(data)))
      return ws
    }
    http.listen(0, '127.0.0.1', () => { ${body} })`)

/** What ends the original's process: `[id, what, script, what it prints]`. */
const ENDS_THE_ORIGINAL = [
  [
    'prototype-room-ids',
    'a room called __proto__',
    "connect(hello({ roomId: '__proto__' }))",
    /Cannot read properties of undefined/,
  ],
  [
    'long-reasons',
    'a hook that throws a long text',
    `wss.onHelloReq = async () => { throw new Error('${LONG}') }; connect(hello())`,
    /RangeError: .*123 bytes/,
  ],
  [
    'thrown-nothing',
    'a hook that throws null',
    'wss.onHelloReq = async () => { throw null }; connect(hello())',
    /reading 'message'/,
  ],
  [
    'hook-results',
    'a change hook that returns undefined',
    'wss.onChangeReq = async () => {}; connect(hello(), (ws) => ws.send(\'{"type":2}\'))',
    /RangeError/,
  ],
  [
    'leave-errors',
    'a leave hook that throws',
    "wss.onLeave = () => { throw new Error('oops') }; connect(hello(), (ws) => ws.close())",
    /Error: oops/,
  ],
  [
    'attach-twice',
    'attaching twice to a server',
    'wss.addWebsockets(http); connect(hello())',
    /handleUpgrade\(\) was called more than once/,
  ],
  [
    'foreign-path',
    'a reset on a path of nobody',
    "const net = require('net').connect(http.address().port, '127.0.0.1'); http.on('upgrade', () => net.resetAndDestroy());" +
      "net.write('GET /other HTTP/1.1\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n')",
    /ECONNRESET/,
  ],
]

/** A hello hook that waits until it is let go on; `gone` is when the server knows that the client has left. */
function slowHello(wss) {
  const [started, gone, admit] = [gate(), gate(), gate()]
  wss.onHelloReq = async (_wss, { clientState }, _id, sws) => {
    sws.on('close', gone.open)
    started.open()
    await admit.promise
    return { clientState, readonly: false }
  }
  const wait = ({ promise }, text) => within(promise, text)
  return {
    admit: admit.open,
    started: () => wait(started, 'the hook was not called'),
    gone: () => wait(gone, 'the socket did not close'),
  }
}

export function repairs({ behaviour, repaired, dropped, pkg }) {
  for (const [id, what, script, printed] of ENDS_THE_ORIGINAL) {
    dropped(id, `${what} ends the process`, async () => {
      const { code, stderr } = await withOriginal(script)
      expect(code).toBe(1)
      expect(stderr).toMatch(printed)
    })
  }

  dropped('ghosts', 'a client that goes while its hello hook runs is listed for ever', async (s) => {
    const { started, gone, admit } = slowHello(s.wss)
    const client = await s.connect()
    client.send(helloReq())
    await started()
    await client.terminate()
    await gone()
    admit()
    s.wss.onHelloReq = undefined
    const other = await s.join()
    expect(Object.keys(other.welcome.clients)).toEqual(['connection:1', other.id])
    expect(s.wss.rooms.room.clients['connection:1'].ws.readyState).toBe(3)
  })

  dropped('empty-room-id', 'a client of the room called "" is never taken out of it', async (s) => {
    const client = await s.join({ roomId: '' })
    await client.close()
    const other = await s.join({ roomId: '' })
    expect(Object.keys(other.welcome.clients)).toEqual([client.id, other.id])
  })

  dropped('long-reasons', 'closeSocket with a long reason throws, and the client stays', async (s) => {
    const client = await s.join()
    const { ws } = s.wss.rooms.room.clients[client.id]
    expect(() => s.wss.closeSocket(ws, LONG)).toThrow(RangeError)
    expect(ws.ss.status).toBe(3)
  })

  dropped('prototype-keys', 'a key called __proto__ is told but not kept', async (s) => {
    const client = await s.join()
    client.change({ room: [{ key: '__proto__', value: '1' }], echo: true })
    expect((await client.next()).roomChanges).toEqual([{ key: '__proto__', value: '1' }])
    expect(Object.keys(s.wss.rooms.room.state)).toEqual([])
  })

  behaviour('a wrong protocol that is too long for a close reason', async (s) => {
    const client = await s.connect()
    client.send(helloReq({ protocol: 'p'.repeat(200) }))
    const { code, reason } = await client.closed
    expect(code).toBe(1002)
    const cut = `wrong protocol (${'p'.repeat(107)}`
    expect(reason).toBe(
      s.differs('long-reasons', 'error: The message must not be greater than 123 bytes', cut),
    )
  })

  if (!pkg.ours) return

  for (const roomId of PROTOTYPE_NAMES) {
    repaired('prototype-room-ids', `a room may be called ${roomId}`, async (s) => {
      const first = await s.join({ roomId })
      const second = await s.join({ roomId })
      expect(Object.keys(second.welcome.clients)).toEqual([first.id, second.id])
      await first.next()
      expect([Object.keys(s.wss.rooms), s.wss.rooms[roomId].id]).toEqual([[roomId], roomId])
      first.change({ room: { a: '1' } })
      expect((await second.next()).roomChanges).toEqual([{ key: 'a', value: '1' }])
      await first.close()
      expect(await second.next()).toEqual({ type: 3, removeClients: [first.id] })
      expect(delete s.wss.rooms[roomId]).toBe(true)
      expect(Object.keys(s.wss.rooms)).toEqual([])
    })
  }

  repaired('prototype-keys', 'keys of rooms and clients may have the names of object methods', async (s) => {
    const changes = PROTOTYPE_NAMES.map((key) => ({ key, value: '1' }))
    const client = await s.connect()
    client.sendText(
      JSON.stringify(helloReq()).replace('"clientState":{}', '"clientState":{"__proto__":"own"}'),
    )
    await client.next()
    client.change({ room: changes, client: changes.slice(1), echo: true })
    await client.next()
    const { state, clients } = s.wss.rooms.room
    expect(Object.keys(state)).toEqual(PROTOTYPE_NAMES)
    expect(Object.keys(clients['connection:1'].clientState)).toEqual(PROTOTYPE_NAMES)
    const other = await s.connect()
    other.send(helloReq())
    const text = await other.nextText()
    expect(text).toContain('"roomState":{"__proto__":"1","constructor":"1"')
    expect(text).toContain('"clientState":{"__proto__":"own","constructor":"1"')
    expect({}.own).toBeUndefined()
  })

  for (const hook of ['onHelloReq', 'onChangeReq', 'onActionReq']) {
    const provoke = async (s) => {
      if (hook === 'onHelloReq') return (await s.connect()).send(helloReq())
      return (await s.join()).send(hook === 'onChangeReq' ? changeReq({}) : { type: 4, action: 'x' })
    }

    repaired(
      'long-reasons',
      `a long text thrown by ${hook} is cut to 123 bytes, between characters`,
      async (s) => {
        for (const [text, reason] of [
          [LONG, `error: ${'x'.repeat(116)}`],
          ['€'.repeat(100), `error: ${'€'.repeat(38)}`],
          [`${'x'.repeat(114)}🎲`, `error: ${'x'.repeat(114)}`],
        ]) {
          s.wss[hook] = async () => Promise.reject(new Error(text))
          expect(await (await provoke(s)).closed).toEqual({ code: 1002, reason })
          s.wss[hook] = undefined
        }
      },
    )

    repaired('thrown-nothing', `${hook} may throw nothing at all`, async (s) => {
      for (const nothing of [undefined, null]) {
        s.wss[hook] = async () => Promise.reject(nothing)
        const { code, reason } = await (await provoke(s)).closed
        expect([code, reason]).toEqual([1002, expect.stringMatching(/^error: ./)])
        s.wss[hook] = undefined
      }
    })

    repaired('thrown-nothing', `${hook} may throw things that cannot even be read`, async (s) => {
      const hostile = new Proxy(
        {},
        {
          get: () => {
            throw new Error('no')
          },
        },
      )
      for (const thrown of [hostile, Symbol('x'), Object.create(null), { message: { toString: null } }]) {
        s.wss[hook] = async () => {
          throw thrown
        }
        const { code, reason } = await (await provoke(s)).closed
        expect([code, reason]).toEqual([1002, expect.stringMatching(/^error: /)])
        s.wss[hook] = undefined
      }
    })
  }

  for (const hook of ['onHelloReq', 'onChangeReq']) {
    for (const result of [undefined, null]) {
      repaired(
        'hook-results',
        `${hook} returning ${result} closes the connection with a reason that names it`,
        async (s) => {
          if (hook === 'onHelloReq') s.wss[hook] = async () => result
          const client = hook === 'onHelloReq' ? await s.connect() : await s.join()
          s.wss[hook] = async () => result
          client.send(hook === 'onHelloReq' ? helloReq() : changeReq({ room: { a: '1' } }))
          const { code, reason } = await client.closed
          expect(code).toBe(1002)
          expect(reason).toMatch(new RegExp(`^error: .*${hook}`))
        },
      )
    }
  }

  repaired(
    'hook-results',
    'an answer that has no JSON closes the connection with a readable reason',
    async (s) => {
      const circular = {}
      circular.self = circular
      for (const answer of [circular, 1n]) {
        s.wss.onActionReq = async () => answer
        const client = await s.join()
        client.action('x')
        const { code, reason } = await client.closed
        expect([code, reason]).toEqual([1002, expect.stringMatching(/^error: ./)])
      }
    },
  )

  repaired('leave-errors', 'a leave hook may throw or reject: the others are not disturbed', async (s) => {
    const calls = []
    for (const fail of [
      () => {
        throw new Error('oops')
      },
      async () => Promise.reject(null),
    ]) {
      s.wss.onLeave = (...args) => {
        calls.push(args[2])
        return fail()
      }
      const [client, other] = await s.joinAll(2, { roomId: `room ${calls.length}` })
      await client.terminate()
      expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
      other.change({ room: { a: '1' }, echo: true })
      expect((await other.next()).roomChanges).toEqual([{ key: 'a', value: '1' }])
      expect(calls).toContain(client.id)
    }
  })

  repaired('long-reasons', 'closeSocket and close cut a long reason', async (s) => {
    for (const end of [
      (ws) => s.wss.closeSocket(ws, '€'.repeat(100)),
      (ws) => ws.close(4000, '€'.repeat(100)),
    ]) {
      const client = await s.join()
      end(s.wss.rooms.room.clients[client.id].ws)
      expect((await client.closed).reason).toBe('€'.repeat(41))
    }
  })

  for (const [what, go] of [
    ['closes', (client) => client.close()],
    ['is cut off', (client) => client.terminate()],
  ]) {
    repaired('ghosts', `a client that ${what} while its hello hook runs never enters the room`, async (s) => {
      const left = []
      s.wss.onLeave = (_wss, _room, id) => left.push(id)
      const member = await s.join()
      const { started, gone, admit } = slowHello(s.wss)
      const client = await s.connect()
      client.send(helloReq())
      await started()
      await go(client)
      await gone()
      admit()
      await member.quiet()
      s.wss.onHelloReq = undefined
      const other = await s.join()
      expect(Object.keys(other.welcome.clients)).toEqual([member.id, other.id])
      expect([Object.keys(s.wss.rooms.room.clients), left]).toEqual([[member.id, other.id], []])
    })
  }

  repaired('ghosts', 'a client that goes while its hello hook runs makes no room', async (s) => {
    const { started, gone, admit } = slowHello(s.wss)
    const client = await s.connect()
    client.send(helloReq({ roomId: 'never' }))
    await started()
    await client.terminate()
    await gone()
    admit()
    s.wss.onHelloReq = undefined
    await s.join()
    expect(Object.keys(s.wss.rooms)).toEqual(['room'])
  })

  repaired(
    'ghosts',
    'a second message during the hello hook: the client never enters, even if it ignores the close',
    async (s) => {
      const member = await s.join()
      const { started, admit } = slowHello(s.wss)
      const client = await s.dial()
      await client.upgrade()
      client.write(frame(JSON.stringify(helloReq())), frame('{"type":2}'))
      expect((await client.nextClose()).reason).toBe('error: received message while processing hello')
      await started()
      admit()
      client.write(frame(JSON.stringify(changeReq({ room: { a: '1' } }))))
      await member.quiet()
      expect([Object.keys(s.wss.rooms.room.clients), { ...s.wss.rooms.room.state }]).toEqual([
        [member.id],
        {},
      ])
    },
  )

  repaired(
    'late-hello',
    'a hello after the time limit is not heard',
    { options: { helloTimeoutMs: 1500 } },
    async (s) => {
      const client = await s.dial()
      await client.upgrade()
      expect((await client.nextClose()).reason).toBe('no hello received in time')
      client.write(frame(JSON.stringify(helloReq())))
      expect(Object.keys((await s.join()).welcome.clients)).toEqual(['connection:2'])
    },
  )

  repaired('empty-room-id', 'a room may be called "": its clients leave as in any other', async (s) => {
    const left = gate()
    s.wss.onLeave = (_wss, room, id) => left.open([room.id, id])
    const [client, other] = await s.joinAll(2, { roomId: '' })
    client.change({ room: { a: '1' } })
    expect((await other.next()).roomChanges).toEqual([{ key: 'a', value: '1' }])
    await client.terminate()
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
    expect(await within(left.promise, 'the hook was not called')).toEqual(['', client.id])
    expect([Object.keys(s.wss.rooms), Object.keys(s.wss.rooms[''].clients)]).toEqual([[''], [other.id]])
  })

  repaired('hook-server', 'hooks can use the server they are given, not only the exported one', async (s) => {
    s.wss.onHelloReq = async (wss, req) => {
      wss.rooms[req.roomId] ??= { id: req.roomId, clients: {}, state: { made: 'by the hook' } }
      return { clientState: {}, readonly: false }
    }
    expect((await s.join()).welcome.roomState).toEqual({ made: 'by the hook' })
  })
}
