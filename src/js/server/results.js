'use strict'

/**
 * Makes the engine's commands of what hooks return. What hooks return may be anything: what can't be used is
 * thrown as an error that names the hook.
 */

const { MESSAGE_TYPE } = require('../protocol/index.cjs')

/** @import { ActionReq, ChangeReq, HelloReq } from '../../../index.js' */

/** Flags of the command that commits a change. */
const ECHO = 1
const NOTIFY = 2

/**
 * @param {any} result
 * @param {string} hook
 * @returns {any}
 */
function usable(result, hook) {
  if (result !== null && typeof result === 'object') return result
  throw new TypeError(`${hook} gave no usable result: ${result === null ? null : typeof result}`)
}

/**
 * What the hook says about the client, beside what it may have changed in the request.
 * @param {HelloReq} req
 * @param {any} result
 */
function admission(req, result) {
  const { clientState, readonly } = usable(result, 'onHelloReq')
  return {
    roomId: String(req.roomId),
    roomProtocol: req.roomProtocol,
    clientType: req.clientType,
    clientName: req.clientName,
    clientState: stateFrom(clientState),
    readonly,
  }
}

/**
 * The client's state: the very object that the hook gave. compat: clients may send null or an array of
 * strings.
 * @param {any} given
 * @returns {object}
 */
function stateFrom(given) {
  if (given === null || given === undefined) return {}
  if (Array.isArray(given)) return { ...given }
  if (typeof given === 'object') return given
  throw new TypeError(`onHelloReq gave no usable clientState: ${typeof given}`)
}

/**
 * @param {ChangeReq} req as the hook has left it: what it emptied is not announced
 * @param {any} result
 */
function commitment(req, result) {
  const { roomChanges, clientChanges, echo } = usable(result, 'onChangeReq')
  const flags = (echo ? ECHO : 0) | (req.roomChanges || req.clientChanges ? NOTIFY : 0)
  return { flags, roomChanges, clientChanges, json: JSON.stringify({ roomChanges, clientChanges }) }
}

/**
 * @param {ActionReq} req
 * @param {unknown} result
 * @returns {string} the answer as the client gets it
 */
function answer(req, result) {
  const text = JSON.stringify(result)
  if (text !== undefined) return text
  return JSON.stringify({
    type: MESSAGE_TYPE.ACTION_RESP,
    id: req.id,
    success: false,
    msg: 'unhandled action',
  })
}

exports.admission = admission
exports.answer = answer
exports.commitment = commitment
