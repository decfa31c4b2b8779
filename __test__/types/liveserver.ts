/**
 * A server module as card games on SvelteKit have it: rooms with an own field, made by the hello hook through a plain object, seats
 * given by the order of joining, actions handed from client to client, rooms dropped by the last one. Written against the original.
 */

import {
  wss,
  MESSAGE_TYPE,
  type ActionReq,
  type ActionResp,
  type ChangeNotif,
  type ChangeReq,
  type HelloReq,
  type KVStore,
  type RoomClientInfo,
  type RoomInfo,
  type SSWebSocket,
  type WSS,
} from '@cgreenhalgh/websocket-room-server'

interface Move {
  clientId: string
  action: string
  id?: string
}

interface TableInfo extends RoomInfo {
  pendingMoves?: Move[]
}

const SEATS = ['n', 'e', 's', 'w']

wss.onHelloReq = async function (server: WSS, req: HelloReq, clientId: string, sws: SSWebSocket) {
  if (req.roomProtocol !== 'table:1') throw new Error(`wrong room protocol (${req.roomProtocol})`)
  const user = sws.cookies?.split('=')[1]
  if (!user && !req.roomCredential) throw new Error('who are you?')
  const room: TableInfo = server.rooms[req.roomId] ?? makeRoom(server, req.roomId)
  if (!req.readonly) {
    const taken = Object.values(room.clients).map((client) => client.clientState['seat'])
    const seat = SEATS.find((name) => !taken.includes(name))
    if (seat) req.clientState['seat'] = seat
    else delete req.clientState['seat']
    req.clientName ??= user
  }
  console.log(`${clientId} sits down in ${room.id}`)
  return { clientState: req.clientState, readonly: !!req.readonly }
}

function makeRoom(server: WSS, id: string): TableInfo {
  const room: TableInfo = { id, clients: {}, state: {}, pendingMoves: [] }
  server.rooms[id] = room
  room.state['deck:0'] = '52'
  delete room.state['deck:1']
  return room
}

wss.onChangeReq = async function (
  server: WSS,
  req: ChangeReq,
  room: TableInfo,
  id: string,
  client: RoomClientInfo,
) {
  if (client.readonly) req.roomChanges = []
  const moves = room.pendingMoves?.filter((move) => move.clientId !== id) ?? []
  room.pendingMoves = moves
  const gone = Object.keys(room.state).filter((key) => key.startsWith('old:'))
  for (const key of gone) delete room.state[key]
  const change: ChangeNotif = { type: MESSAGE_TYPE.CHANGE_NOTIF, roomChanges: gone.map((key) => ({ key })) }
  server.broadcastChange(room, change)
  return { roomChanges: req.roomChanges, clientChanges: req.clientChanges, echo: !!req.echo }
}

wss.onActionReq = async function (
  _server: WSS,
  req: ActionReq,
  room: TableInfo,
  clientId: string,
): Promise<ActionResp> {
  const dealer = Object.values(room.clients)[0]
  const resp: ActionResp = { type: MESSAGE_TYPE.ACTION_RESP, id: req.id, success: false }
  if (!dealer) return { ...resp, msg: 'nobody deals' }
  req.id = `delegated:${req.id}`
  try {
    dealer.ws.send(JSON.stringify(req))
  } catch (error) {
    console.log(error)
  }
  room.pendingMoves?.push({ clientId, action: req.action, id: req.id })
  return { ...resp, success: true, data: req.data }
}

wss.onLeave = async (server: WSS, room: TableInfo, clientId: string, client: RoomClientInfo) => {
  const state: KVStore = client.clientState
  console.log(`${clientId} left seat ${state['seat']}`, client.ws.readyState === client.ws.CLOSED)
  if (Object.keys(room.clients).length === 0) delete server.rooms[room.id]
}

export function announce(id: string, key: string, value?: string): void {
  const room = wss.rooms[id]
  if (room) wss.broadcastChange(room, { type: MESSAGE_TYPE.CHANGE_NOTIF, roomChanges: [{ key, value }] })
}
