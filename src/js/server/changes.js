'use strict'

/**
 * What `room.update` may be given: an object, a list or a function, all of which become a list of changes,
 * one for each key. Nothing is applied before all of it is known to be usable.
 */

const { View, put } = require('./view')

/** @typedef {[key: string, value: string | undefined][]} Changes no value: the key is to be deleted */

/**
 * @param {any} changes
 * @param {object} state as it is now
 * @returns {Changes}
 */
function readChanges(changes, state) {
  if (typeof changes === 'function') return fromDraft(changes, state)
  if (changes === null || typeof changes !== 'object') {
    throw new TypeError('update: the changes must be an object, a list of { key, value } or a function')
  }
  return Array.isArray(changes) ? fromList(changes) : Object.entries(changes).map(checked)
}

/** Of several changes of one key the last one counts. @param {any[]} list */
function fromList(list) {
  return [...new Map(list.map((entry) => checked([entry?.key, entry?.value])))]
}

/**
 * @param {[key: any, value: any]} entry
 * @returns {[key: string, value: string | undefined]}
 */
function checked([key, value]) {
  if (typeof key !== 'string') throw new TypeError('a key must be a string')
  if (value === undefined || typeof value === 'string') return [key, value]
  throw new TypeError(`the value of ${JSON.stringify(key)} must be a string, or undefined to delete the key`)
}

/** A state that is written to for trial: what is written is collected. */
class Draft extends View {
  /** @type {Map<string, string | undefined> | undefined} */
  #changes = new Map()

  /** @param {object} state */
  constructor(state) {
    super()
    for (const [key, value] of Object.entries(state)) put(this.target, key, value)
  }

  /**
   * @override
   * @param {string} key
   * @param {any} value
   */
  write(key, value) {
    this.#note(key, checked([key, value])[1])
    put(this.target, key, value)
  }

  /** @override @param {string} key */
  remove(key) {
    this.#note(key, undefined)
    delete this.target[key]
  }

  /**
   * @param {string} key
   * @param {string | undefined} value
   */
  #note(key, value) {
    if (!this.#changes) throw new Error('the update is over: its function must do all at once')
    this.#changes.set(key, value)
  }

  /** What was written; nothing can be written from now on. @returns {Changes} */
  finish() {
    const changes = [...(this.#changes ?? [])]
    this.#changes = undefined
    return changes
  }
}

/**
 * @param {(draft: any) => unknown} change
 * @param {object} state
 */
function fromDraft(change, state) {
  const draft = new Draft(state)
  /** @type {any} */
  let result
  /** @type {Changes} */
  let changes
  try {
    result = change(draft.proxy)
  } finally {
    changes = draft.finish()
  }
  if (typeof result?.then !== 'function') return changes
  // What it does after waiting fails; nobody else would hear of it.
  result.then(undefined, () => {})
  throw new TypeError('update: the function must not be async')
}

exports.checked = checked
exports.readChanges = readChanges
