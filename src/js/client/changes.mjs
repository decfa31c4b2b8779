/** The shapes in which an application may give changes, made those of the protocol. Refuses what would end the connection. */

/**
 * @param {import('./index.mjs').Changes | undefined} changes
 * @returns {{ key: string, value?: string }[] | undefined}
 */
export function toSets(changes) {
  if (changes == null) return undefined
  if (typeof changes !== 'object') throw new TypeError('no changes')
  if (Array.isArray(changes)) return changes.map((change) => toSet(change?.key, change?.value))
  return Object.entries(changes).map(([key, value]) => toSet(key, value))
}

/**
 * @param {unknown} key
 * @param {unknown} value nothing: the key is to be forgotten
 */
function toSet(key, value) {
  if (typeof key !== 'string') throw new TypeError('keys are strings')
  if (value == null) return { key }
  if (typeof value !== 'string') throw new TypeError(`the value of ${key} is no string`)
  return { key, value }
}
