/**
 * How connections end, and what a client makes of it. docs/close-codes.md is the same table in prose.
 */

/** The codes that a client of this server may see, by what they mean. */
export const CLOSE_CODE = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  REFUSED: 1002,
  NO_CODE: 1005,
  CUT: 1006,
  NOT_UTF8: 1007,
  POLICY: 1008,
  TOO_BIG: 1009,
  SERVER_ERROR: 1011,
  SERVER_RESTARTS: 1012,
  TRY_LATER: 1013,
  TOO_SLOW: 4100,
  TOO_FAST: 4101,
  ROOM_NOT_LOADED: 4102,
  FROZEN: 4199,
  EJECTED: 4500,
  ROOM_CLOSED: 4501,
}

/** These come of a cut or of something that is over by now: the sooner the client is back the better. */
const SOON = new Set([1005, 1006, 1011])
/** These say that the server has no use for the client right now. */
const LATER = new Set([1001, 1012, 1013, 4101])

/**
 * Should a client come back after this code, and when? Codes of the application's own are `'never'`: it knows better.
 * @type {typeof import('./index.cjs').comeback}
 */
export function comeback(code) {
  if (LATER.has(code)) return 'later'
  return SOON.has(code) || (code >= 4100 && code <= 4199) ? 'soon' : 'never'
}
