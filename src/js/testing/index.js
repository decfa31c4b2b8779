'use strict'

/**
 * What applications import as `/testing`. CommonJS, as jest loads nothing else by itself; the exports are a literal, so that ES
 * modules can import them by name.
 */

const { startRooms } = require('./rooms')

module.exports = { startRooms }
