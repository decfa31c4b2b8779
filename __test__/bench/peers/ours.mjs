/** This package. `hooks` as argument sets all four. */

import { wss, MESSAGE_TYPE } from '../../../index.js'
import { host, listen } from './host.mjs'
import { setHooks } from './hooks.mjs'

wss.addWebsockets(host)
if (process.argv.includes('hooks')) setHooks(wss, MESSAGE_TYPE)
listen()
