/** Shows the list that the address names: http://localhost:3000/#packing. An item is a key of the room's state. */

import { connect } from './rooms/client/index.mjs'

const roomId = location.hash.slice(1) || 'today'
const room = connect({ base: '' }, { roomProtocol: 'checklist:1', roomId })
const [items, status] = ['items', 'status'].map((id) => document.getElementById(id))
const form = document.querySelector('form')

room.subscribe(({ state, clients, ...now }) => {
  status.textContent = now.status === 'open' ? `${Object.keys(clients).length} here` : now.status
  items.replaceChildren(...Object.entries(state).map(([text, value]) => line(text, value === 'done')))
})

form.onsubmit = (event) => {
  event.preventDefault()
  room.change({ room: { [form.item.value]: 'open' } })
  form.reset()
}

function line(text, isDone) {
  const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: isDone })
  box.onchange = () => room.change({ room: { [text]: box.checked ? 'done' : 'open' } })
  const label = document.createElement('label')
  label.append(box, Object.assign(document.createElement('span'), { textContent: text }))
  const item = document.createElement('li')
  item.append(label)
  return item
}
