'use strict'

/**
 * The end of the present piece of JavaScript: the moment at which all microtasks that it has caused are done,
 * and before anything else that waits in the event loop.
 */

/** Half the price of queueMicrotask, which makes an async resource each time. */
const settled = Promise.resolve()

/**
 * @param {() => void} callback
 * @returns {() => void} call it to have the callback run at the end of the present turn
 */
function atEndOfTurn(callback) {
  // A tick that is queued by a microtask runs when the queue of microtasks is empty. One that is queued
  // before would run too early.
  const tick = () => process.nextTick(callback)
  return () => void settled.then(tick)
}

exports.atEndOfTurn = atEndOfTurn
