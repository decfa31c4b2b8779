/**
 * What both sides agree on: the names of keys, the shapes of values, the limits. The page builds
 * its requests with it and the server checks them with it.
 *
 * A card is two keys of the room's state, so that moving it and editing it never overwrite each
 * other: `card:<id>` is its text, `card:<id>:at` its place. Places are fractions of the free
 * space, not pixels: the same room fits a wide screen and a phone.
 */
export const ROOM_PROTOCOL = 'cards:1'
export const MAX_CARDS = 24
export const MAX_TEXT = 80
export const MAX_NAME = 24
const MAX_LAYER = 999_999

export const isRoomName = (name) => /^[a-z0-9][a-z0-9-]{0,31}$/.test(name)
export const isCardId = (id) => typeof id === 'string' && /^[a-z0-9]{1,12}$/.test(id)
export const textKey = (id) => `card:${id}`
export const placeKey = (id) => `card:${id}:at`

/** What a key is about: `{ id, part: 'text' | 'place' }`, or null when it is no card's. */
export function parseKey(key) {
  const match = /^card:([a-z0-9]{1,12})(:at)?$/.exec(key)
  return match && { id: match[1], part: match[2] ? 'place' : 'text' }
}

/** A spot on the board as text: `0.25 0.5`. */
export const formatSpot = ({ x, y }) => `${fraction(x)} ${fraction(y)}`

export function parseSpot(text) {
  const match = /^(0|1|0\.\d{1,4}) (0|1|0\.\d{1,4})$/.exec(text ?? '')
  return match && { x: Number(match[1]), y: Number(match[2]) }
}

/** A card's place: its spot, and its layer in the pile. */
export const formatPlace = ({ x, y, z }) => `${formatSpot({ x, y })} ${Math.min(z, MAX_LAYER)}`

export function parsePlace(text) {
  const match = /^(\S+ \S+) (\d{1,6})$/.exec(text ?? '')
  const spot = match && parseSpot(match[1])
  return spot && { ...spot, z: Number(match[2]) }
}

/** One line of text without control characters, cut to `max` characters. */
export function tidy(text, max) {
  const line = String(text ?? '').replace(/[\p{Cc}\s]+/gu, ' ')
  return [...line.trim()].slice(0, max).join('').trim()
}

/** The ids of the cards in a room's state. A removed key may linger with the value undefined. */
export function cardIds(state) {
  const ids = new Set()
  for (const [key, value] of Object.entries(state)) {
    const about = parseKey(key)
    if (about?.part === 'text' && value !== undefined) ids.add(about.id)
  }
  return ids
}

function fraction(number) {
  const clamped = Math.min(1, Math.max(0, number))
  return String(Math.round(clamped * 10_000) / 10_000)
}
