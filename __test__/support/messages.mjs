/** The words of the wire protocol, as the public test kit has them. */

import { createRequire } from 'node:module'

export const { PROTOCOL, actionReq, changeReq, helloReq, sets } = createRequire(import.meta.url)(
  '../../src/js/testing/messages.js',
)

/** The notification of changes to the room that `id` made. */
export const roomNotif = (id, changes) => ({
  type: 3,
  roomChanges: sets(changes),
  updateClients: { [id]: undefined },
})
