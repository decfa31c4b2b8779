/** Puts the page together: which room, who am I, and what the buttons do. */
import { connect } from '/client/index.mjs'
import { Board } from './board.mjs'
import { Presence, shareCursor } from './presence.mjs'
import { Room } from './room.mjs'
import { MAX_NAME, ROOM_PROTOCOL, tidy } from './rules.mjs'
import { newRoomName, startingName } from './names.mjs'
import { showStatus } from './status.mjs'

const SAID_MS = 3_500
const $ = (id) => document.getElementById(id)

const query = new URLSearchParams(location.search)
const roomId = (query.get('room') || 'lobby').toLowerCase()
const watching = query.has('watch')
let myName = startingName()

/** Asked for each attempt: a colour that this window had it gets again, if it is still free. */
const hello = ({ me }) => ({
  roomProtocol: ROOM_PROTOCOL,
  roomId,
  clientName: myName,
  clientState: me ? { color: me.clientState.color } : {},
  readonly: watching,
})

const client = connect({ base: '' }, hello)
const room = new Room(client)
const board = new Board(room, $('board'))
const presence = new Presence(room, {
  people: $('people'),
  faces: $('faces'),
  counts: document.querySelectorAll('.count'),
  cursors: $('cursors'),
  myFace: $('my-face'),
})

client.on('status', showStatus)
room.addEventListener('said', ({ detail }) => say(detail))
room.addEventListener('change', oncePerFrame(render))
$('retry').addEventListener('click', () => client.retry())

setUpPage()
setUpTools()
setUpName()
setUpLinks()
shareCursor(room, $('table'))

function render() {
  board.render()
  presence.render()
  $('add').disabled = !room.canEdit || board.isFull()
  $('shuffle').disabled = !room.canEdit
  $('my-name').disabled = !room.canEdit
}

function setUpPage() {
  document.title = `${roomId} · Card room`
  $('room-name').textContent = roomId
  document.body.classList.toggle('watching', watching)
  const toggle = $('panel-toggle')
  const open = (isOpen) => {
    toggle.setAttribute('aria-expanded', isOpen)
    document.body.classList.toggle('panel-open', isOpen)
    ;(isOpen ? $('panel-close') : toggle).focus()
  }
  toggle.addEventListener('click', () => open(toggle.getAttribute('aria-expanded') !== 'true'))
  $('panel-close').addEventListener('click', () => open(false))
  $('panel').addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') open(false)
  })
}

function setUpTools() {
  $('add').addEventListener('click', () => board.add())
  $('shuffle').addEventListener('click', () => {
    client.action('shuffle').catch((error) => say(error.message))
  })
}

function setUpName() {
  const field = $('my-name')
  field.value = myName
  field.maxLength = MAX_NAME
  const rename = () => {
    myName = tidy(field.value, MAX_NAME) || myName
    field.value = myName
    sessionStorage.setItem('name', myName)
    room.setMine('name', myName)
  }
  field.addEventListener('change', rename)
  $('rename').addEventListener('submit', (event) => {
    event.preventDefault()
    field.blur()
  })
}

function setUpLinks() {
  const link = `${location.origin}${location.pathname}?room=${encodeURIComponent(roomId)}`
  $('edit-link').value = link
  $('watch-link').value = `${link}&watch`
  $('new-room').href = `?room=${newRoomName()}`
  for (const button of document.querySelectorAll('[data-copies]')) {
    button.addEventListener('click', () => copy($(button.dataset.copies)))
  }
}

async function copy(field) {
  field.select()
  try {
    await navigator.clipboard.writeText(field.value)
    say('Link copied')
  } catch {
    // No clipboard outside https and localhost: the older way, or else the text stays selected.
    say(document.execCommand('copy') ? 'Link copied' : 'Press Ctrl+C to copy the link')
  }
}

function say(text) {
  const said = $('said')
  said.textContent = text
  said.classList.add('shown')
  clearTimeout(said.timer)
  said.timer = setTimeout(() => said.classList.remove('shown'), SAID_MS)
}

/** However often it is asked for, `draw` runs once, with the next frame. */
function oncePerFrame(draw) {
  let frame = 0
  return () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      draw()
    })
  }
}
