/** Shows the poll that the address names: http://localhost:3000/#lunch */

import { connect } from './rooms/client/index.mjs'

const roomId = location.hash.slice(1) || 'drinks'
const room = connect({ base: '' }, { roomProtocol: 'poll:1', roomId })
const [question, answers, status] = ['question', 'answers', 'status'].map((id) => document.getElementById(id))

let mine

// A vote goes with its question, and with the server: who comes to a new one hasn't voted there.
room.on('change', ({ roomChanges }) => {
  if (roomChanges?.some(({ key }) => key === 'question')) mine = undefined
})
room.on('joined', ({ outcome }) => {
  if (outcome === 'new') mine = undefined
})

room.subscribe(({ state, clients, ...now }) => {
  question.textContent = state.question ?? '…'
  status.textContent = now.status === 'open' ? `${Object.keys(clients).length} here` : now.status
  const texts = Object.entries(state).filter(([key]) => key.startsWith('answer:'))
  const numbers = texts.map(([key]) => key.slice('answer:'.length))
  const votes = numbers.map((n) => Number(state[`votes:${n}`]))
  const all = votes.reduce((sum, count) => sum + count, 0)
  answers.replaceChildren(...texts.map(([, text], i) => answer(numbers[i], text, votes[i], all)))
})

function answer(n, text, votes, all) {
  const button = document.createElement('button')
  button.append(text, Object.assign(document.createElement('b'), { textContent: votes }))
  button.style.setProperty('--share', `${all ? (100 * votes) / all : 0}%`)
  button.classList.toggle('mine', mine === n)
  button.onclick = async () => {
    mine = n
    await room.action('vote', n)
  }
  return button
}
