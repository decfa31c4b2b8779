/** Which servers can be attached to, and how a room server is made. */

import * as http from 'node:http'
import * as http2 from 'node:http2'
import * as https from 'node:https'
import { EventEmitter } from 'node:events'
import { wss, WSS, type RoomServerOptions } from '@cgreenhalgh/websocket-room-server'

wss.addWebsockets(http.createServer())
wss.addWebsockets(https.createServer({}))
wss.addWebsockets(http2.createSecureServer({ allowHTTP1: true }))
wss.addWebsockets({} as http.Server | http2.Http2SecureServer)
wss.addWebsockets(new EventEmitter())

const nothing: void = wss.addWebsockets(http.createServer())
const another: WSS = new WSS()
new WSS(true)
new WSS({})
new WSS({ path: '/live', threads: 1, debug: true })

export const everything: Required<RoomServerOptions> = {
  path: '/wss',
  helloTimeoutMs: 5000,
  heartbeatIntervalMs: 10_000,
  maxHelloBytes: 1 << 20,
  maxMessageBytes: 16 << 20,
  maxBufferedBytes: 16 << 20,
  pendingMessages: 1024,
  hookTimeoutMs: 30_000,
  maxClients: Infinity,
  maxClientsPerRoom: 200,
  maxRooms: 1000,
  maxStateBytes: 1 << 20,
  maxClientStateBytes: 1 << 16,
  rate: { messagesPerSecond: 0.5, burst: 10 },
  orderedChanges: true,
  emptyRoomTtlMs: 60_000,
  resumeMs: 30_000,
  resumeBytes: 1 << 20,
  maxDropped: 10_000,
  compression: { threshold: 512 },
  allowedOrigins: ['https://*.example.org'],
  logLevel: 'warn',
  onLog: ({ level, target, message }) => console[level](target, message),
  threads: 2,
  debug: false,
}
new WSS({ allowedOrigins: 'same-host', rate: { messagesPerSecond: 5 } })
new WSS({
  allowedOrigins: (origin: string | undefined, request: http.IncomingMessage) => origin === request.url,
})
wss.onLog = function ({ message }) {
  console.log(this.client, message)
}
wss.onLog = undefined

export const ended: Promise<void> = wss.close({ code: 1001, reason: 'bye', drainMs: 0, batch: 100 })
const { rooms, closes, hooks, uptimeMs } = wss.stats()
export const figures: (number | undefined)[] = [rooms, closes[1001], hooks.onHelloReq?.meanMs, uptimeMs]
export const metrics: string = wss.metrics()
export const made: [void, WSS, number, boolean] = [nothing, another, wss.client, wss.debug]

// A vite plugin's server may have none.
declare const viteServer: { httpServer: http.Server | null }
// @ts-expect-error null is no server
wss.addWebsockets(viteServer.httpServer)
// @ts-expect-error a port is no server
wss.addWebsockets(3000)
// @ts-expect-error nothing to listen to
wss.addWebsockets({ listen() {} })

wss.configure(everything)
wss.addWebsockets(http.createServer(), {})
wss.addWebsockets(http.createServer(), { ready: Promise.resolve(5) })
