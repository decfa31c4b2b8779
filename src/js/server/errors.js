'use strict'

/**
 * Reads whatever a hook has thrown. What is looked at is the application's: any access may throw in turn, and
 * nothing here may.
 */

/**
 * A close reason holds 123 bytes; the engine cuts precisely, this only keeps huge messages from travelling.
 */
const ENOUGH = 200

/**
 * Makes a readable reason of what was thrown.
 * @param {unknown} thrown
 * @returns {string} the reason for the close frame
 */
function reasonOf(thrown) {
  try {
    return `error: ${describe(thrown).slice(0, ENOUGH)}`
  } catch {
    return 'error: the hook threw something unreadable'
  }
}

/** @param {any} thrown */
function describe(thrown) {
  if (thrown === null || thrown === undefined) return `the hook threw ${thrown}`
  if (typeof thrown !== 'object' && typeof thrown !== 'function') return String(thrown)
  if (thrown.message !== undefined) return String(thrown.message)
  // Errors of web frameworks: { status, body: { message } }, which are no Errors.
  if (typeof thrown.body?.message === 'string') return thrown.body.message
  if (typeof thrown.status === 'number') return `status ${thrown.status}`
  return 'the hook threw an object without a message'
}

/**
 * Prints what was thrown, or what can be read of it: printing an object runs code of its own.
 * @param {(...data: unknown[]) => void} print
 * @param {string} text
 * @param {unknown} thrown
 */
function report(print, text, thrown) {
  try {
    print(text, thrown)
  } catch {
    print(text, reasonOf(thrown))
  }
}

exports.reasonOf = reasonOf
exports.report = report
