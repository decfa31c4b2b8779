/** The suite against this package, over TLS, where bytes are relayed. */

import { createRequire } from 'node:module'
import { behaviours } from './suite/index.mjs'

const { WSS, wss, MESSAGE_TYPE, PROTOCOL } = createRequire(import.meta.url)('../../index.js')
behaviours({
  name: 'this package over TLS',
  ours: true,
  transport: 'https',
  WSS,
  wss,
  MESSAGE_TYPE,
  PROTOCOL,
})
