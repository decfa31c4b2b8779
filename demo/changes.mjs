/**
 * Judges what clients want to change. A well-behaved page never sends anything malformed, so that
 * is an error; but two people may act at once, so what came too late is quietly left out.
 */
import {
  cardIds,
  isCardId,
  MAX_CARDS,
  MAX_NAME,
  MAX_TEXT,
  parseKey,
  parsePlace,
  parseSpot,
  placeKey,
  textKey,
  tidy,
} from './public/rules.mjs'

const MAX_CHANGES = 2 * MAX_CARDS

/** The changes of cards to apply to `state`, in order. */
export function acceptRoomChanges(state, changes) {
  if (changes.length > MAX_CHANGES) throw new Error('Too many changes at once.')
  const table = { state, cards: cardIds(state), placed: new Set(changes.map(({ key }) => key)) }
  return changes.flatMap(({ key, value }) => {
    const about = parseKey(key)
    if (!about) throw new Error('Only cards can be changed.')
    if (about.part === 'place') return acceptPlace(table, about.id, value)
    if (value === undefined || value === null) return acceptRemoval(table, about.id)
    return acceptText(table, about.id, value)
  })
}

function acceptPlace({ cards }, id, value) {
  if (!parsePlace(value)) throw new Error('That is no place for a card.')
  return cards.has(id) ? [{ key: placeKey(id), value }] : []
}

function acceptRemoval({ cards }, id) {
  return cards.delete(id) ? [{ key: textKey(id) }, { key: placeKey(id) }] : []
}

function acceptText({ state, cards, placed }, id, value) {
  if (typeof value !== 'string' || value.length > 2 * MAX_TEXT) throw new Error('That text is too long.')
  if (!cards.has(id)) {
    // A new card comes with its place; a text alone is an edit of a card that is gone.
    if (!placed.has(placeKey(id)) || cards.size >= MAX_CARDS) return []
    cards.add(id)
    forgetRemoved(state)
  }
  return [{ key: textKey(id), value: tidy(value, MAX_TEXT) }]
}

/** A removed key keeps its slot with the value undefined: here they are freed for good. */
function forgetRemoved(state) {
  for (const key of Object.keys(state)) if (state[key] === undefined) delete state[key]
}

const CLIENT_RULES = {
  name: (value) => (typeof value === 'string' && value.length <= 4 * MAX_NAME ? tidy(value, MAX_NAME) : ''),
  cursor: (value) => value === undefined || parseSpot(value) !== null,
  holding: (value) => value === undefined || isCardId(value),
}

/** What clients may say of themselves: their name, where they point, which card they hold. */
export function acceptClientChanges(changes) {
  if (changes.length > MAX_CHANGES) throw new Error('Too many changes at once.')
  return changes.map(({ key, value }) => {
    const verdict = Object.hasOwn(CLIENT_RULES, key) && CLIENT_RULES[key](value)
    if (!verdict) throw new Error('That cannot be changed.')
    return { key, value: key === 'name' ? verdict : value }
  })
}
