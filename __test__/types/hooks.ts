/** Hooks in all their forms, sockets and hand-made rooms. */

import { wss, MESSAGE_TYPE, PROTOCOL } from '@cgreenhalgh/websocket-room-server'
import type {
  ActionReq,
  ActionResp,
  ChangeResult,
  ChangeNotif,
  CheckChangeReq,
  CheckHelloReq,
  ClientMap,
  HandleActionReq,
  HandleLeave,
  HelloReq,
  HelloResult,
  HelloSuccessResp,
  KVSet,
  RoomClientMap,
  RoomMap,
  SocketState,
  SSWebSocket,
  UpgradeServer,
  WSS,
} from '@cgreenhalgh/websocket-room-server'

// Async or not, with as few parameters as wanted, and gone again.
wss.onHelloReq = (_wss, req) => ({ clientState: req.clientState, readonly: req.readonly === true })
wss.onHelloReq = async (_wss, req) => ({ clientState: req.clientState, readonly: false })
wss.onChangeReq = () => ({})
wss.onChangeReq = async (_wss, { roomChanges }) => ({ roomChanges, echo: true })
wss.onActionReq = (_wss, { id }) => ({ type: MESSAGE_TYPE.ACTION_RESP, id, success: true })
wss.onLeave = () => {}
wss.onLeave = async () => {}
wss.onHelloReq = wss.onChangeReq = wss.onActionReq = wss.onLeave = undefined

wss.onHelloReq = function (server, _req, clientId, sws) {
  const same: WSS = this
  const id: string = clientId
  sws.send(id)
  throw new Error(String(same === server))
}

/** Hooks kept elsewhere can be called by tests of the application. */
const check: CheckHelloReq = async (_wss, req) => ({ clientState: { ...req.clientState }, readonly: false })
const hello: HelloReq = { protocol: PROTOCOL, roomProtocol: 'x', roomId: 'r', clientState: {} }
export const checked: Promise<HelloResult> | HelloResult = check(
  wss,
  hello,
  'connection:1',
  {} as SSWebSocket,
)
const change: CheckChangeReq = (_wss, req): ChangeResult => ({ roomChanges: req.roomChanges })
const action: HandleActionReq = async (_wss, req: ActionReq): Promise<ActionResp> => answer(req)
const leave: HandleLeave = (server, room) => void delete server.rooms[room.id]
Object.assign(wss, { onChangeReq: change, onActionReq: action, onLeave: leave })

function answer(req: ActionReq): ActionResp {
  return { type: MESSAGE_TYPE.ACTION_RESP, id: req.id, success: true, data: req.data }
}

export function sockets(sws: SSWebSocket): void {
  sws.send('text')
  sws.send('text', (error) => console.log(error?.message))
  sws.send(Buffer.from('bytes'), { binary: true })
  sws.send(new Uint8Array(2).buffer)
  sws.close()
  sws.close(4000)
  sws.close(4000, 'enough')
  sws.terminate()
  sws.ping()
  sws.ping(Buffer.from('hi'))
  const state: 0 | 1 | 2 | 3 = sws.readyState
  const open: boolean = state === sws.OPEN && sws.isAlive && sws.bufferedAmount < 1024
  const { status, roomId, clientId, readonly }: SocketState = sws.ss
  console.log(open, status, roomId?.length, clientId?.length, readonly, sws.cookies?.length)
  const gone = (code: number, reason: Buffer): void => console.log(code, reason.toString('utf8'))
  sws.on('close', gone).once('pong', (data) => console.log(data.toString('hex')))
  sws.off('close', gone).on('error', (error) => console.log(error.message))
}

export function rooms(map: RoomMap, clients: RoomClientMap, skip: string | null | undefined): ClientMap {
  map['new'] = { id: 'new', clients, state: { a: '1' } }
  const notif: ChangeNotif = { type: MESSAGE_TYPE.CHANGE_NOTIF, updateClients: { 'connection:1': [] } }
  wss.broadcastChange(map['new'], notif, skip)
  wss.broadcastChange({ clients: { me: { ws: { send: (text: string) => console.log(text) } } } }, notif)
  const set: KVSet = { key: 'a' }
  notif.roomChanges = [set]
  const welcome: Pick<HelloSuccessResp, 'clients'> = { clients: wss.getClientMap(map['new']) }
  return welcome.clients
}

export const name: string | undefined = MESSAGE_TYPE[3]
export const server: UpgradeServer = { on: () => 0, listenerCount: () => 1 }
export const closed: Promise<void> = wss.close()
