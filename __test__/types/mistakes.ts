/** What must not compile. Each line fails this test should it ever compile. */

import { createServer } from 'node:http'
import { wss, WSS, MESSAGE_TYPE, PROTOCOL } from '@cgreenhalgh/websocket-room-server'
import { rooms } from '@cgreenhalgh/websocket-room-server/vite'
import type {
  ActionResp,
  ChangeNotif,
  HelloReq,
  KVStore,
  RoomClientInfo,
} from '@cgreenhalgh/websocket-room-server'

declare const client: RoomClientInfo

// @ts-expect-error no such option
new WSS({ port: 3000 })
// @ts-expect-error milliseconds are a number
new WSS({ helloTimeoutMs: '5s' })
// @ts-expect-error no level
new WSS({ logLevel: 'loud' })
// @ts-expect-error the answer must be there at once
new WSS({ allowedOrigins: async () => true })
// @ts-expect-error a rate has a time
new WSS({ rate: 10 })
// @ts-expect-error no such option
wss.configure({ port: 3000 })
// @ts-expect-error options are an object
wss.configure(true)
// @ts-expect-error readiness is a promise
wss.addWebsockets(createServer(), { ready: true })
// @ts-expect-error one module
rooms({ hooks: ['src/live.ts'] })
// @ts-expect-error vite has two ways
rooms({ loader: 'require' })
// @ts-expect-error a drain is not endless by name
wss.close({ drainMs: 'forever' })
// @ts-expect-error neither switch nor options
new WSS('debug')

// @ts-expect-error one version of the protocol
export const protocol: 'websocket-room-server:2' = PROTOCOL
// @ts-expect-error a state holds strings
export const state: KVStore = { count: 1 }
// @ts-expect-error a hello has a client state
export const hello: HelloReq = { protocol: PROTOCOL, roomProtocol: '', roomId: 'r' }
// @ts-expect-error an answer says whether it went well
export const answer: ActionResp = { type: MESSAGE_TYPE.ACTION_RESP }
// @ts-expect-error a request is not a notification
export const change: ChangeNotif = { type: MESSAGE_TYPE.CHANGE_REQ }
// @ts-expect-error no such message
MESSAGE_TYPE.HELLO_REQ
// @ts-expect-error the types of messages are fixed
MESSAGE_TYPE.CHANGE_REQ = 9

// @ts-expect-error must say how the client is let in
wss.onHelloReq = async () => {}
// @ts-expect-error must say whether readonly
wss.onHelloReq = async (_wss, req) => ({ clientState: req.clientState })
// @ts-expect-error an answer is needed
wss.onActionReq = async () => undefined
// @ts-expect-error a hook is a function
wss.onLeave = 'log'
// @ts-expect-error no such hook
wss.onJoinRoom = () => {}

// @ts-expect-error it is the room itself, not its id
wss.broadcastChange('room', { type: MESSAGE_TYPE.CHANGE_NOTIF })
// @ts-expect-error no such event: requests are read by the engine
client.ws.on('message', () => {})
// @ts-expect-error nothing to send
client.ws.send()
// @ts-expect-error objects have to be made text first
client.ws.send({ type: 5 })
// @ts-expect-error a code is a number
client.ws.close('1000')
// @ts-expect-error decided by the engine
client.ws.readyState = 3
// @ts-expect-error the exported room server stays the one it is
wss = new WSS()
