/** A poll on an Express server: votes come over the rooms, and a route opens a new question. */

import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { ask } from './poll.js'

const PACKAGE = '@cgreenhalgh/websocket-room-server'

/** The folder of the file that a name of the package stands for. */
const folder = (name) => dirname(fileURLToPath(import.meta.resolve(`${PACKAGE}/${name}`)))

const app = express()
app.use(express.static(`${import.meta.dirname}/public`))
// The client is made of plain ES modules: a page without a bundler gets them as they are.
for (const name of ['client', 'protocol']) app.use(`/rooms/${name}`, express.static(folder(name)))

// curl localhost:3000/polls/lunch/question -H 'content-type: application/json' -d '{"question": "Where?", "answers": ["here", "there"]}'
app.post('/polls/:id/question', express.json(), (request, response) => {
  const { question, answers } = request.body ?? {}
  const isFine =
    typeof question === 'string' && Array.isArray(answers) && answers.every((a) => typeof a === 'string')
  if (!isFine) return response.status(400).json({ message: 'a question and a list of answers, please' })
  const poll = wss.room(request.params.id)
  if (!poll) return response.status(404).json({ message: 'nobody is there' })
  ask(poll, question, answers)
  response.json(poll.state)
})

const server = app.listen(process.env.PORT ?? 3000, () =>
  console.log(`http://localhost:${server.address().port}`),
)
wss.addWebsockets(server)

process.once('SIGTERM', () => {
  server.close()
  wss.close()
})
