/** Compiled without the types of Node and the DOM, and with every strictness. */

import {
  wss,
  WSS,
  MESSAGE_TYPE,
  PROTOCOL,
  type HelloReq,
  type SSWebSocket,
} from '@cgreenhalgh/websocket-room-server'
import { startRooms, type FakeClient } from '@cgreenhalgh/websocket-room-server/testing'

export const joined = async (): Promise<FakeClient> => (await startRooms()).join('r')
const hello: HelloReq = { protocol: PROTOCOL, roomProtocol: '', roomId: 'r', clientState: {} }

wss.addWebsockets({
  on: (_event: string, _listener: (...args: unknown[]) => void) => undefined,
  listenerCount: () => 1,
})
wss.onHelloReq = (_wss, req, _id, sws) => {
  listen(sws)
  return { clientState: req.clientState, readonly: req.readonly ?? false }
}
wss.onLeave = undefined

function listen(sws: SSWebSocket): void {
  sws.on('close', (code: number, reason: Uint8Array) => sws.send(`${code} ${reason.byteLength}`))
  sws.send(new Uint8Array(4))
}

// @ts-expect-error a room may not be there
export const id: string = wss.rooms['r'].id
export const made = [new WSS({ threads: 1 }), hello, MESSAGE_TYPE.CLOSE_REQ]
