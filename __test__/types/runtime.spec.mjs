/** What index.d.ts declares beside what is there when the package runs. */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'

const pkg = createRequire(import.meta.url)('@cgreenhalgh/websocket-room-server')
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const declarations = read('index.d.ts')
const protocol = read('src/js/protocol/index.d.cts')

/** The names of the members of a declared class, interface or enum. */
function members(declaration, text = declarations) {
  const start = text.search(new RegExp(`export ${declaration}(<.*>)? {`))
  const body = text.slice(start, text.indexOf('\n}', start))
  const names = body.matchAll(/^ {2}(?:readonly )?(\w+)(?=[?:(]| = )/gm)
  return [...new Set([...names].map(([, name]) => name))].filter((name) => name !== 'constructor')
}

test('the declared values are the exported ones', () => {
  const declared = [...declarations.matchAll(/^export declare (?:const|enum|class) (\w+)/gm)]
  const passedOn = /^export { (.*) } from/m.exec(declarations)[1].split(', ')
  expect(Object.keys(pkg).sort()).toEqual([...declared.map(([, name]) => name), ...passedOn].sort())
})

test('the message types are the declared ones', () => {
  const names = members('declare enum MESSAGE_TYPE', protocol)
  expect(Object.keys(pkg.MESSAGE_TYPE).filter((key) => !/^\d/.test(key))).toEqual(names)
  for (const name of names) {
    expect(protocol).toContain(`${name} = ${pkg.MESSAGE_TYPE[name]},`)
    expect(pkg.MESSAGE_TYPE[pkg.MESSAGE_TYPE[name]]).toBe(name)
  }
})

test('a WSS has the declared members and no others', () => {
  const wss = new pkg.WSS()
  const there = [...Object.keys(wss), ...Object.getOwnPropertyNames(pkg.WSS.prototype)]
  expect(there.filter((name) => name !== 'constructor').sort()).toEqual(members('declare class WSS').sort())
})

test('a socket has the declared members', async () => {
  const wss = new pkg.WSS()
  const server = createServer()
  wss.addWebsockets(server)
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const seen = new Promise((done) => {
    wss.onHelloReq = (_wss, req, _id, sws) => {
      done({
        socket: members('interface SSWebSocket').filter((name) => !(name in sws)),
        ss: Object.keys(sws.ss),
      })
      return { clientState: req.clientState, readonly: false }
    }
  })
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}/wss`)
  const hello = { protocol: pkg.PROTOCOL, roomProtocol: '', roomId: 'r', clientState: {} }
  client.on('open', () => client.send(JSON.stringify(hello)))
  const { socket, ss } = await seen
  client.terminate()
  server.close()
  await wss.close()
  expect(socket).toEqual([])
  expect(ss).toEqual(expect.arrayContaining(members('interface SocketState')))
})
