/** The hooks, and what makes each of them run in the room `asked`. */

import { pkg } from '../support/lifecycle.mjs'
import { dropped, Session } from '../resume/session.mjs'

const { MESSAGE_TYPE } = pkg
const HELLO = { protocol: pkg.PROTOCOL, roomProtocol: 'test:1', clientState: {}, roomId: 'asked' }
const ROOM = { roomId: HELLO.roomId }

/** The answer to an action. */
export const answer = (req) => ({ type: MESSAGE_TYPE.ACTION_RESP, id: req.id, success: true })

async function sayHello(s) {
  const client = await s.connect()
  return client.send(HELLO)
}

async function lose(s) {
  const session = await Session.join(s, ROOM)
  await session.cut()
  return session
}

async function comeBack(s) {
  const session = await lose(s)
  await dropped(s.wss)
  await session.connect()
  return session
}

async function leave(s) {
  const client = await s.join(ROOM)
  await client.close()
}

/** Those for which a client waits; `code` is what it is closed with when they fail. */
export const ASKED = {
  onHelloReq: { run: sayHello, code: 1002 },
  onLoadRoom: { run: sayHello, code: 4102 },
  onChangeReq: { run: async (s) => (await s.join(ROOM)).change({ room: { a: '1' } }), code: 1002 },
  onActionReq: { run: async (s) => (await s.join(ROOM)).action('a', { id: '1' }), code: 1002 },
}

/** Those for which nobody waits. */
export const TOLD = {
  onJoin: { run: (s) => s.join(ROOM) },
  onDrop: { run: lose },
  onResume: { run: comeBack },
  onLeave: { run: leave },
  onDisposeRoom: { run: (s) => leave(s).then(() => s.wss.closeRoom(ROOM.roomId)) },
}
