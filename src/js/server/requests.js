'use strict'

/**
 * The request objects that hooks get: fresh and their own, with exactly the original's members in its order;
 * what the client has not sent is there as undefined. The engine has validated the messages.
 */

const { MESSAGE_TYPE } = require('../protocol/index.cjs')

/** @import { ActionReq, ChangeReq, HelloReq, KVSet } from '../../../index.js' */

/**
 * @param {any} message
 * @returns {HelloReq}
 */
function helloReq(message) {
  return {
    protocol: message.protocol,
    roomProtocol: message.roomProtocol,
    roomId: message.roomId,
    roomCredential: message.roomCredential,
    clientCredential: message.clientCredential,
    clientType: message.clientType,
    clientName: message.clientName,
    clientState: message.clientState,
    readonly: message.readonly,
  }
}

/**
 * @param {any} message
 * @returns {ChangeReq}
 */
function changeReq(message) {
  return {
    type: message.type,
    echo: message.echo,
    roomChanges: sets(message.roomChanges),
    clientChanges: sets(message.clientChanges),
  }
}

/**
 * @param {any} action
 * @param {any} id true: the client has sent none
 * @param {any} data true: the client has sent none
 * @returns {ActionReq}
 */
function actionReq(action, id, data) {
  return {
    type: MESSAGE_TYPE.ACTION_REQ,
    action,
    id: id === true ? undefined : id,
    data: data === true ? undefined : data,
  }
}

/**
 * @param {any} entries
 * @returns {KVSet[] | undefined} entries without whatever else the client has put into them
 */
function sets(entries) {
  return entries ? entries.map(set) : undefined
}

/** @param {KVSet} entry */
function set(entry) {
  return { key: entry.key, value: entry.value }
}

exports.actionReq = actionReq
exports.changeReq = changeReq
exports.helloReq = helloReq
