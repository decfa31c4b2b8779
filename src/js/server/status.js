'use strict'

/** What the engine says about a connection, in one number. docs/BINDING.md has the bits. */

/** The original's number for how far the connection has come. */
const STATUS = 7
/** Something came since the last heartbeat. */
const ALIVE = 8
const READONLY = 16
/** The connection is lost, and the client may come back. */
const DROPPED = 32
/** If the connection is lost the client may come back. */
const RESUMABLE = 64

/** The status of a connection that is closed. */
const CLOSED = 4

module.exports = { ALIVE, CLOSED, DROPPED, READONLY, RESUMABLE, STATUS }
