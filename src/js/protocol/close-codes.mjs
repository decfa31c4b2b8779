/**
 * How connections end, and what a client makes of it. docs/close-codes.md is the same table in prose. Each code is a constant of its own
 * as well, as with the types of messages.
 */

export const NORMAL = 1000
const GOING_AWAY = 1001
export const REFUSED = 1002
export const CUT = 1006
const TRY_LATER = 1013
const TOO_FAST = 4101
export const FROZEN = 4199
const NO_CODE = 1005
const SERVER_ERROR = 1011
const SERVER_RESTARTS = 1012

/** The codes that a client of this server may see, by what they mean. */
export const CLOSE_CODE = {
  NORMAL,
  GOING_AWAY,
  REFUSED,
  NO_CODE,
  CUT,
  NOT_UTF8: 1007,
  POLICY: 1008,
  TOO_BIG: 1009,
  SERVER_ERROR,
  SERVER_RESTARTS,
  TRY_LATER,
  TOO_SLOW: 4100,
  TOO_FAST,
  ROOM_NOT_LOADED: 4102,
  FROZEN,
  EJECTED: 4500,
  ROOM_CLOSED: 4501,
  REPLACED: 4502,
}

/** These say that the server has no use for the client right now. */
const LATER = [GOING_AWAY, SERVER_RESTARTS, TRY_LATER, TOO_FAST]
/** These come of a cut or of something that is over by now: the sooner the client is back the better. */
const SOON = [NO_CODE, CUT, SERVER_ERROR]

/**
 * Should a client come back after this code, and when? Codes of the application's own are `'never'`: it knows better.
 * @type {typeof import('./index.cjs').comeback}
 */
export function comeback(code) {
  if (LATER.includes(code)) return 'later'
  return SOON.includes(code) || (code >= 4100 && code <= 4199) ? 'soon' : 'never'
}
