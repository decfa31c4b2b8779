'use strict'

/**
 * What live objects can do beyond the original's. None of it is enumerable, and a property of the
 * application's own with the same name takes its place: rooms have always been objects to keep things on.
 */

/**
 * @param {string} name
 * @param {(this: any) => unknown} get
 * @returns {PropertyDescriptor}
 */
function power(name, get) {
  return {
    enumerable: false,
    configurable: true,
    get,
    /** @this {any} @param {unknown} value */
    set(value) {
      // Anew, so that it comes behind the properties that are there.
      delete this[name]
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
    },
  }
}

/**
 * @param {string} name
 * @param {(this: any, ...args: any[]) => unknown} call
 */
function method(name, call) {
  return power(name, () => call)
}

/**
 * A message as it is sent: text as it is, all else as JSON.
 * @param {unknown} message
 * @returns {string}
 */
function textOfMessage(message) {
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  if (text === undefined) throw new TypeError('there is no JSON for the message')
  return text
}

exports.method = method
exports.power = power
exports.textOfMessage = textOfMessage
