/** The suite against the original: shows that its expectations are true. */

import * as original from 'original-room-server'
import { behaviours } from './suite/index.mjs'

const { WSS, wss, MESSAGE_TYPE, PROTOCOL } = original
behaviours({ name: 'the original', ours: false, transport: 'http', WSS, wss, MESSAGE_TYPE, PROTOCOL })
