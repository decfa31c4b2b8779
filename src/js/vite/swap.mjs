/**
 * Replaces the hooks that a module sets by those of its next version, without a moment in which a hook is
 * missing. Owns, for each room server, which hooks come from the module: those alone are taken away when a
 * version does not set them any more.
 */

/** @import { WSS } from '../../../index.js' */

/**
 * By name, so that a plugin that is made anew with the configuration goes on where the last one was.
 * @type {WeakMap<WSS, Set<string>>}
 */
const fromModule = new WeakMap()

/** Hooks in place of which something stands that does the same, and by which a new hook can be told. */
export class Swap {
  /** @type {Map<string, { hook: Function | undefined, standIn: Function | undefined }>} */
  #held = new Map()
  #hooks
  #mine

  /** @param {WSS} wss whose hooks are to be replaced */
  constructor(wss) {
    this.#hooks = /** @type {Record<string, any>} */ (/** @type {unknown} */ (wss))
    this.#mine = fromModule.get(wss) ?? new Set()
    fromModule.set(wss, this.#mine)
    for (const name of hookNames(wss)) {
      const hook = this.#hooks[name]
      this.#held.set(name, { hook, standIn: hook && (this.#hooks[name] = standInFor(hook)) })
    }
  }

  /** Hooks of the module that nobody has set since. */
  get missing() {
    return [...this.#mine].filter((name) => !this.#isSet(name))
  }

  /** The new hooks count. */
  commit() {
    for (const [name, { hook }] of this.#held) {
      if (this.#isSet(name)) this.#mine.add(name)
      else if (this.#mine.delete(name)) this.#hooks[name] = undefined
      else this.#hooks[name] = hook
    }
  }

  /** The old hooks count, all of them. */
  rollback() {
    for (const [name, { hook }] of this.#held) this.#hooks[name] = hook
  }

  /** Since the beginning. @param {string} name */
  #isSet(name) {
    return this.#hooks[name] !== this.#held.get(name)?.standIn
  }
}

/** @param {WSS} wss */
function hookNames(wss) {
  const members = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(wss))
  return Object.keys(members).filter((name) => /^on[A-Z]/.test(name) && members[name].set)
}

/** @param {Function} hook */
function standInFor(hook) {
  /** @this {unknown} @param {unknown[]} args */
  return function (...args) {
    return hook.apply(this, args)
  }
}
