/**
 * Names and numbers of the wire protocol. Imports nothing, so that every part of the package may use it. Each number is a constant of its
 * own as well: a bundler puts those in place and leaves the tables out where nobody wants them.
 */

/** Name and version of the protocol; a hello that names another one is refused. */
export const PROTOCOL = 'websocket-room-server:1'

export const HELLO_FAIL_RESP = 0
export const HELLO_SUCCESS_RESP = 1
export const CHANGE_REQ = 2
export const CHANGE_NOTIF = 3
export const ACTION_REQ = 4
export const ACTION_RESP = 5
export const CLOSE_REQ = 6
export const CLOSE_RESP = 7

/**
 * The `type` of acknowledgements, which only clients that were granted resume send and get. Not one of MESSAGE_TYPE, which is the
 * original's to the letter.
 */
export const ACK = 8

/**
 * The `type` of each message, with the reverse mapping that a TypeScript enum has: `MESSAGE_TYPE[3]` is
 * `'CHANGE_NOTIF'`.
 */
export const MESSAGE_TYPE = /* @__PURE__ */ withReverse({
  HELLO_FAIL_RESP,
  HELLO_SUCCESS_RESP,
  CHANGE_REQ,
  CHANGE_NOTIF,
  ACTION_REQ,
  ACTION_RESP,
  CLOSE_REQ,
  CLOSE_RESP,
})

/**
 * @template {Record<string, number>} Names
 * @param {Names} names
 * @returns {Record<number, string> & Names}
 */
function withReverse(names) {
  const reverse = Object.entries(names).map(([name, number]) => [number, name])
  return Object.assign(Object.fromEntries(reverse), names)
}
