/** The package that this one re-implements, as published. `hooks` as argument sets all four. */

import { wss, MESSAGE_TYPE } from 'original-room-server'
import { host, listen } from './host.mjs'
import { setHooks } from './hooks.mjs'

wss.addWebsockets(host)
if (process.argv.includes('hooks')) setHooks(wss, MESSAGE_TYPE)
listen()
