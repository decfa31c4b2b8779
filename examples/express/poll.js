/**
 * The poll. A room's state is the question, and how many have voted for each answer:
 *
 *     question    a text
 *     answer:<n>  its text
 *     votes:<n>   its votes
 *
 * Who has voted for what is in `client.data`, and so goes with the client.
 */

import { wss, MESSAGE_TYPE } from '@cgreenhalgh/websocket-room-server'

wss.onLoadRoom = () => {
  const answers = ['tea', 'coffee', 'water']
  return { question: 'What shall we drink?', ...listed(answers) }
}

// Votes are counted here: pages can't change the room by themselves.
wss.onChangeReq = () => {
  throw new Error('please vote')
}

wss.onActionReq = (_wss, { id, action, data }, poll, _clientId, client) => {
  const success = action === 'vote' && Object.hasOwn(poll.state, `answer:${data}`) && !client.readonly
  if (success) {
    poll.update((state) => {
      if (client.data.vote !== undefined) count(state, client.data.vote, -1)
      count(state, data, +1)
    })
    client.data.vote = data
  }
  return { type: MESSAGE_TYPE.ACTION_RESP, id, success, msg: success ? undefined : 'there is no such answer' }
}

wss.onLeave = (_wss, poll, _clientId, client) => {
  if (client.data.vote !== undefined) poll.update((state) => count(state, client.data.vote, -1))
}

/** A new question: everybody in the room sees it, and may vote again. */
export function ask(poll, question, answers) {
  for (const client of Object.values(poll.clients)) delete client.data.vote
  const old = Object.fromEntries(Object.keys(poll.state).map((key) => [key, undefined]))
  poll.update({ ...old, question, ...listed(answers) })
}

const listed = (answers) =>
  Object.fromEntries(
    answers.flatMap((text, n) => [
      [`answer:${n}`, text],
      [`votes:${n}`, '0'],
    ]),
  )

function count(state, n, by) {
  state[`votes:${n}`] = String(Number(state[`votes:${n}`]) + by)
}
