/** The suite against this package, over TCP. */

import { createRequire } from 'node:module'
import { behaviours } from './suite/index.mjs'

const { WSS, wss, MESSAGE_TYPE, PROTOCOL } = createRequire(import.meta.url)('../../index.js')
behaviours({ name: 'this package over TCP', ours: true, transport: 'http', WSS, wss, MESSAGE_TYPE, PROTOCOL })
