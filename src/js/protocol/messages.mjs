/**
 * Names and numbers of the wire protocol. Imports nothing, so that every part of the package may use it.
 */

/** Name and version of the protocol; a hello that names another one is refused. */
export const PROTOCOL = 'websocket-room-server:1'

/**
 * The `type` of each message, with the reverse mapping that a TypeScript enum has: `MESSAGE_TYPE[3]` is
 * `'CHANGE_NOTIF'`.
 */
export const MESSAGE_TYPE = Object.assign(
  /** @type {Record<number, string>} */ ({
    0: 'HELLO_FAIL_RESP',
    1: 'HELLO_SUCCESS_RESP',
    2: 'CHANGE_REQ',
    3: 'CHANGE_NOTIF',
    4: 'ACTION_REQ',
    5: 'ACTION_RESP',
    6: 'CLOSE_REQ',
    7: 'CLOSE_RESP',
  }),
  {
    HELLO_FAIL_RESP: 0,
    HELLO_SUCCESS_RESP: 1,
    CHANGE_REQ: 2,
    CHANGE_NOTIF: 3,
    ACTION_REQ: 4,
    ACTION_RESP: 5,
    CLOSE_REQ: 6,
    CLOSE_RESP: 7,
  },
)

/**
 * The `type` of acknowledgements, which only clients that were granted resume send and get. Not one of MESSAGE_TYPE, which is the
 * original's to the letter.
 */
export const ACK = 8
