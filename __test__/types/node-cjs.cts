/** A CommonJS module on Node. */

import rooms = require('@cgreenhalgh/websocket-room-server')
import { comeback } from '@cgreenhalgh/websocket-room-server/protocol'
import { wss, WSS, MESSAGE_TYPE, PROTOCOL } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'

const same: WSS = rooms.wss
const send = (sws: rooms.SSWebSocket): void => sws.send(PROTOCOL)
export const used = [comeback(1006), wss, same, send, new WSS(), MESSAGE_TYPE.ACTION_REQ, startRooms]

// @ts-expect-error no such export
rooms.CLIENT_STATUS
