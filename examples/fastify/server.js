/** A shared checklist on a Fastify server. Without hooks: what a page changes is applied and announced as it is. */

import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import Fastify from 'fastify'
import { wss } from '@cgreenhalgh/websocket-room-server'

const PACKAGE = '@cgreenhalgh/websocket-room-server'

/** The folder of the file that a name of the package stands for. */
const folder = (name) => dirname(fileURLToPath(import.meta.resolve(`${PACKAGE}/${name}`)))

const app = Fastify()
app.register(fastifyStatic, { root: `${import.meta.dirname}/public` })
// The client is made of plain ES modules: a page without a bundler gets them as they are.
for (const name of ['client', 'protocol'])
  app.register(fastifyStatic, { root: folder(name), prefix: `/rooms/${name}/`, decorateReply: false })

app.get('/lists/:id', async ({ params }, reply) => wss.room(params.id)?.state ?? reply.code(404).send({}))

// Ticks all: one notification for everybody who looks at the list.
app.post('/lists/:id/done', async ({ params }, reply) => {
  const list = wss.room(params.id)
  if (!list) return reply.code(404).send({})
  list.update((items) => {
    for (const item in items) items[item] = 'done'
  })
  return list.state
})

// Small lists of a few people, who may be anybody.
wss.configure({ maxStateBytes: 16_384, emptyRoomTtlMs: 600_000, rate: { messagesPerSecond: 20 } })
wss.addWebsockets(app.server)

// Fastify waits for this, and then closes its http server.
app.addHook('preClose', () => wss.close())
process.once('SIGTERM', () => app.close())

console.log(await app.listen({ port: process.env.PORT ?? 3000, listenTextResolver: (address) => address }))
