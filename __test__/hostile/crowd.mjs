/** Ordinary clients, as many at once as the attackers: they connect, join a room and go. */

import { answered, hello, often, upgrade } from './attackers.mjs'

/** As many as the largest attack has sockets at the same time. */
const CLIENTS = 1000

export async function crowd(port) {
  const clients = []
  await often(CLIENTS, CLIENTS, async (i) => {
    const socket = await upgrade(port, hello({ roomId: `crowd ${i % 100}` }))
    await answered(socket)
    clients.push(socket)
  })
  for (const socket of clients) socket.destroy()
}
