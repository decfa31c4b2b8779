/**
 * The protocol for everybody who speaks it: constants and checks of messages, for pages as well as for Node. No server code.
 * index.cjs is made of it (npm run build:protocol), for `require` and for the server.
 */

export { CLOSE_CODE, comeback } from './close-codes.mjs'
export { ACK, MESSAGE_TYPE, PROTOCOL } from './messages.mjs'
export { isHelloReq, isKVSets, isKVStore, isMessage } from './validate.mjs'
