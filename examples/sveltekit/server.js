import { server } from './build/index.js'
import { wss } from '@cgreenhalgh/websocket-room-server'
wss.addWebsockets(server)
