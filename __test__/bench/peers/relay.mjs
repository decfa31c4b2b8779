/**
 * The least that can be written with `ws`: rooms and their state, no validation, no hooks, no limits, no heartbeat. A message is
 * serialised once and sent to each member.
 *
 * BENCH_FAULT=drop, repeat or swap makes it treat every 500th copy that way: the generator has to see it.
 */

import { WebSocketServer } from 'ws'
import { faulty } from './faults.mjs'
import { host, listen } from './host.mjs'

const [HELLO_RESP, CHANGE_REQ, CHANGE_NOTIF, ACTION_REQ, ACTION_RESP] = [1, 2, 3, 4, 5]

const server = new WebSocketServer({ server: host, path: '/wss', perMessageDeflate: false })
const send = faulty(process.env.BENCH_FAULT, (socket, bytes) => socket.send(bytes, { binary: false }))
const rooms = new Map()
let connections = 0

server.on('connection', (socket) => {
  const id = `connection:${++connections}`
  let room

  function enter(hello) {
    room = openRoom(hello.roomId)
    const { protocol, roomProtocol, clientType, clientName, clientState, readonly } = hello
    if (!readonly) {
      room.clients[id] = { clientType, clientName, clientState }
      broadcast(room, { type: CHANGE_NOTIF, addClients: { [id]: room.clients[id] } })
    }
    room.members.add(socket)
    const { clients, state: roomState } = room
    const answer = { type: HELLO_RESP, protocol, roomProtocol, clientId: id, clients, roomState, readonly }
    socket.send(JSON.stringify(answer))
  }

  function request(message) {
    if (message.type === CHANGE_REQ) {
      const { roomChanges, echo } = message
      for (const { key, value } of roomChanges) room.state[key] = value
      broadcast(room, { type: CHANGE_NOTIF, roomChanges, updateClients: {} }, socket, echo)
    } else if (message.type === ACTION_REQ) {
      socket.send(JSON.stringify({ type: ACTION_RESP, id: message.id, success: true, data: message.data }))
    }
  }

  socket.on('message', (bytes) => (room ? request : enter)(JSON.parse(bytes)))
  socket.on('error', () => {})
  socket.on('close', () => {
    if (!room?.members.delete(socket)) return
    if (!room.clients[id]) return
    delete room.clients[id]
    broadcast(room, { type: CHANGE_NOTIF, removeClients: [id] })
  })
})

function openRoom(id) {
  if (!rooms.has(id)) rooms.set(id, { state: {}, clients: {}, members: new Set() })
  return rooms.get(id)
}

/** Everybody gets it; the one whose change it is only as an echo, and never treated badly: it would stop sending. */
function broadcast(room, message, author, echo) {
  const bytes = Buffer.from(JSON.stringify(message))
  for (const socket of room.members) {
    if (socket !== author) send(socket, bytes)
    else if (echo) socket.send(bytes, { binary: false })
  }
}

listen()
