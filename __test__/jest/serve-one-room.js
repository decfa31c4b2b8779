/** Loads the package, serves two clients, and closes everything. */

const http = require('node:http')
const { once } = require('node:events')
const { WebSocket } = require('ws')

async function join(port) {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/wss`)
  await once(ws, 'open')
  ws.send(
    JSON.stringify({
      protocol: 'websocket-room-server:1',
      roomProtocol: '',
      roomId: 'room',
      clientState: {},
    }),
  )
  const [data] = await once(ws, 'message')
  return { ws, welcome: JSON.parse(data) }
}

async function serveOneRoom() {
  const { wss, MESSAGE_TYPE } = require('../../index.js')
  const left = new Promise((resolve) => {
    wss.onLeave = async (_wss, room, id) => Object.keys(room.clients).length === 0 && resolve(id)
  })
  const server = http.createServer()
  wss.addWebsockets(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const first = await join(server.address().port)
  expect(first.welcome.type).toBe(MESSAGE_TYPE.HELLO_SUCCESS_RESP)
  const second = await join(server.address().port)
  expect(Object.keys(second.welcome.clients)).toContain(first.welcome.clientId)
  wss.rooms.room.state.a = '1'
  expect({ ...wss.rooms.room.state }).toEqual({ a: '1' })

  for (const { ws } of [first, second]) {
    ws.close(1000)
    await once(ws, 'close')
  }
  expect(await left).toBe(second.welcome.clientId)
  server.close()
  await once(server, 'close')
}

module.exports = { serveOneRoom }
