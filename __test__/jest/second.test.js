/** One of two files that do the same: the addon is loaded twice in one process. */

const { serveOneRoom } = require('./serve-one-room.js')

test('a room is served, and nothing is left over', serveOneRoom)
