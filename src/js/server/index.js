'use strict'

/**
 * The package's public values. The exports are a literal, so that ES modules can import them by name.
 */

const { MESSAGE_TYPE, PROTOCOL } = require('../protocol/index.cjs')
const { WSS } = require('./wss')

/**
 * Where the process keeps its room server: bundlers make copies of this package, and hooks set on one must
 * not be lost on another.
 */
const SHARED = Symbol.for('@cgreenhalgh/websocket-room-server')

const shared = /** @type {{ [SHARED]?: WSS }} */ (globalThis)
shared[SHARED] ??= new WSS()

/** The room server of this process. */
const wss = shared[SHARED]

module.exports = { WSS, wss, MESSAGE_TYPE, PROTOCOL }
