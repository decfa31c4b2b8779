/** An ES module on Node: named imports, and the default import that Node makes of a CommonJS package. */

import { wss, WSS, MESSAGE_TYPE, PROTOCOL, type SSWebSocket } from '@cgreenhalgh/websocket-room-server'
import roomServer from '@cgreenhalgh/websocket-room-server'
import { connect } from '@cgreenhalgh/websocket-room-server/client'
import { comeback } from '@cgreenhalgh/websocket-room-server/protocol'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'

const same: WSS = roomServer.wss
const send = (sws: SSWebSocket): void => sws.send(PROTOCOL)
export const used = [connect, comeback(1006), wss, same, send, new WSS(), MESSAGE_TYPE.ACTION_REQ, startRooms]

// @ts-expect-error no such export
roomServer.CLIENT_STATUS
