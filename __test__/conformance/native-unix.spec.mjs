/** The suite against this package, over a Unix socket. */

import { createRequire } from 'node:module'
import { behaviours } from './suite/index.mjs'

const { WSS, wss, MESSAGE_TYPE, PROTOCOL } = createRequire(import.meta.url)('../../index.js')
behaviours({
  name: 'this package over a Unix socket',
  ours: true,
  transport: 'unix',
  WSS,
  wss,
  MESSAGE_TYPE,
  PROTOCOL,
})
