/** The same rooms with Socket.IO: its own wire format, its own rooms, acknowledgements for actions. */

import { Server } from 'socket.io'
import { host, listen } from './host.mjs'

const [HELLO_RESP, CHANGE_NOTIF, ACTION_RESP] = [1, 3, 5]

const io = new Server(host, { transports: ['websocket'], serveClient: false })
const rooms = new Map()

io.on('connection', (socket) => {
  let room

  socket.on('hello', ({ roomId, protocol, roomProtocol, clientType, clientName, clientState, readonly }) => {
    room = openRoom(roomId)
    if (!readonly) {
      room.clients[socket.id] = { clientType, clientName, clientState }
      notify(io, { addClients: { [socket.id]: room.clients[socket.id] } })
    }
    socket.join(roomId)
    const { clients, state: roomState } = room
    const type = HELLO_RESP
    socket.emit('hello', { type, protocol, roomProtocol, clientId: socket.id, clients, roomState, readonly })
  })

  socket.on('change', ({ roomChanges, echo }) => {
    for (const { key, value } of roomChanges) room.state[key] = value
    notify(echo ? io : socket, { roomChanges, updateClients: {} })
  })

  socket.on('action', ({ id, data }, answer) => answer({ type: ACTION_RESP, id, success: true, data }))

  socket.on('disconnect', () => {
    if (!room?.clients[socket.id]) return
    delete room.clients[socket.id]
    notify(io, { removeClients: [socket.id] })
  })

  function notify(from, changes) {
    from.to(room.id).emit('change', { type: CHANGE_NOTIF, ...changes })
  }
})

function openRoom(id) {
  if (!rooms.has(id)) rooms.set(id, { id, state: {}, clients: {} })
  return rooms.get(id)
}

listen()
