/** What the examples in the pages take for granted, for when they are run; application.d.ts has its types. */

import { createServer } from 'node:http'
import { MESSAGE_TYPE, WSS, wss } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'

/** Ada is logged in, with any session. */
const findUser = async (cookies) =>
  cookies?.includes('session=') ? { name: 'Ada', mayEdit: true } : undefined

/** The names that blocks use, with a database that is empty and remembers in `saved` what it is given. */
export function application() {
  const saved = []
  const database = {
    load: async () => undefined,
    save: async (...what) => void saved.push(what),
    end: async () => {},
  }
  return { saved, globals: { MESSAGE_TYPE, WSS, createServer, database, findUser, startRooms, wss } }
}
