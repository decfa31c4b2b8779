'use strict'

/**
 * What all live objects have in common: a proxy that looks like a plain object and reads from a target that
 * is brought up to date before each look. Keys are data: nothing is inherited, so `__proto__` or `toString`
 * are keys like any other, or not there.
 */

/**
 * The version of a copy that a command in the log puts out of date: before the next look the log has to be
 * run.
 */
const EXPIRED = -1

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/**
 * How a live object is printed: as a plain object with what it holds now. Node looks at a proxy's target for
 * this, never at its traps, hence it calls this with the proxy as `this`.
 * @this {object}
 */
function inspectLive() {
  return { ...this }
}

/**
 * The prototype of all targets: holds symbols only, so no key is found here. A template string prints what an
 * object prints.
 */
const LOOK = Object.create(null, {
  [INSPECT]: { value: inspectLive },
  [Symbol.toPrimitive]: { value: () => '[object Object]' },
})

/**
 * Sets an own property, also where the key is `__proto__` and the object an ordinary one.
 * @param {any} object
 * @param {PropertyKey} key
 * @param {unknown} value
 */
function put(object, key, value) {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}

/**
 * The traps. A subclass says how the target gets up to date, and what writing does.
 * @abstract
 */
class View {
  /** What is held, in the order in which it shows. @type {any} */
  target = Object.create(LOOK)
  /** What the application sees. @type {any} */
  proxy = new Proxy(this.target, /** @type {ProxyHandler<any>} */ (this))

  /** Brings the target up to date. @abstract */
  sync() {}

  /** What the application sees of something that the target holds. @param {any} held @returns {any} */
  shown(held) {
    return held
  }

  /**
   * The application sets a key.
   * @abstract
   * @param {string} _key
   * @param {any} _value
   */
  write(_key, _value) {}

  /** The application deletes a key. @abstract @param {string} _key */
  remove(_key) {}

  /**
   * @param {any} target
   * @param {string | symbol} key
   */
  get(target, key) {
    if (typeof key === 'symbol') return target[key]
    this.sync()
    return this.shown(target[key])
  }

  /**
   * @param {any} target
   * @param {string | symbol} key
   */
  has(target, key) {
    this.sync()
    return Object.hasOwn(target, key)
  }

  /** @param {any} target */
  ownKeys(target) {
    this.sync()
    return Reflect.ownKeys(target)
  }

  /**
   * @param {any} target
   * @param {string | symbol} key
   */
  getOwnPropertyDescriptor(target, key) {
    this.sync()
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key)
    if (descriptor) descriptor.value = this.shown(descriptor.value)
    return descriptor
  }

  /**
   * @param {any} target
   * @param {string | symbol} key
   * @param {unknown} value
   */
  set(target, key, value) {
    if (typeof key !== 'symbol') this.write(key, value)
    else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
    return true
  }

  /**
   * Only plain values can be held, whatever else the descriptor says.
   * @param {any} target
   * @param {string | symbol} key
   * @param {PropertyDescriptor} descriptor
   */
  defineProperty(target, key, descriptor) {
    if (descriptor.get || descriptor.set) return false
    return this.set(target, key, descriptor.value)
  }

  /**
   * @param {any} target
   * @param {string | symbol} key
   */
  deleteProperty(target, key) {
    if (typeof key === 'symbol') return Reflect.deleteProperty(target, key)
    this.remove(key)
    return true
  }

  getPrototypeOf() {
    return Object.prototype
  }

  setPrototypeOf() {
    return false
  }

  /** The engine would go on changing it: it can't be frozen. */
  preventExtensions() {
    return false
  }
}

exports.EXPIRED = EXPIRED
exports.INSPECT = INSPECT
exports.View = View
exports.inspectLive = inspectLive
exports.put = put
