'use strict'

/**
 * The end of the present piece of JavaScript: the moment at which all microtasks that it has caused are done,
 * and before anything else that waits in the event loop.
 */

/**
 * @param {() => void} callback
 * @returns {() => void} call it to have the callback run at the end of the present turn
 */
function atEndOfTurn(callback) {
  // A tick that is queued by a microtask runs when the queue of microtasks is empty. One that is queued
  // before would run too early.
  const tick = () => process.nextTick(callback)
  return () => queueMicrotask(tick)
}

exports.atEndOfTurn = atEndOfTurn
