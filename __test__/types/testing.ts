/** The test kit, as a test of an application compiles it. */

import { createServer } from 'node:http'
import { wss } from '@cgreenhalgh/websocket-room-server'
import type { HelloSuccessResp, LiveRoom } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import type { FakeClient, Hooks, Rooms } from '@cgreenhalgh/websocket-room-server/testing'

const hooks: Hooks = {
  onHelloReq: async (_wss, req) => ({ clientState: req.clientState, readonly: !!req.readonly }),
  onLeave: (_wss, room) => room.set('left', 'yes'),
}

export async function all(): Promise<void> {
  const rooms: Rooms = await startRooms({ hooks, options: { maxClients: 3 }, timeoutMs: 100 })
  await startRooms({ wss, path: '/live', server: createServer(), hooks: (it) => (it.onJoin = undefined) })
  const client: FakeClient = await rooms.join('chess', { headers: { Cookie: 'a=1' } })
  const welcome: HelloSuccessResp = client.welcome
  const room: LiveRoom = await rooms.waitFor('chess', (it) => it?.state.turn === welcome.clientId)
  client
    .change({ room: { a: '1', b: undefined }, client: [{ key: 'c' }], echo: true })
    .action('go', { id: '1' })
  await client.next({ type: 3 }, { timeoutMs: 10 })
  await client.until((message) => message.type === 5)
  const { code, reason } = await client.freeze().thaw().readSlowly(10).vanish().closed
  console.log(code.toFixed(), reason.trim(), room.id)
  // @ts-expect-error there is no such hook
  await startRooms({ hooks: { onHello() {} } })
  // @ts-expect-error a room's id is a text
  await rooms.join(7)
  await rooms.stop()
}
