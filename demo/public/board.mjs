/**
 * The cards on the table: draws what the room holds, and turns the keyboard and the buttons into
 * changes. Dragging is in drag.mjs, editing in editor.mjs.
 */
import { makeDraggable } from './drag.mjs'
import { editCard } from './editor.mjs'
import { formatPlace, MAX_CARDS, MAX_TEXT, placeKey, textKey, tidy } from './rules.mjs'

const TINTS = 6
/** From here on a card's text is set smaller. */
const LONG_TEXT = 40
/** With more cards than this they are drawn smaller. */
const CROWD = 12
/** Further than this at once (a fraction of the board) and a card glides instead of following. */
const GLIDE_FROM = 0.12
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const STEP = 0.02
const BIG_STEP = 0.1

export class Board {
  #room
  #list
  /** Card id -> { item, face, card }. */
  #views = new Map()

  constructor(room, list) {
    this.#room = room
    this.#list = list
    makeDraggable(list, room, {
      top: () => this.#top(),
      tapTwice: (id) => this.#edit(id),
    })
    list.addEventListener('keydown', (event) => this.#keydown(event))
    list.addEventListener('click', (event) => this.#click(event))
  }

  render() {
    const cards = this.#room.cards()
    const ids = new Set(cards.map(({ id }) => id))
    for (const [id, { item }] of this.#views) {
      if (ids.has(id)) continue
      this.#views.delete(id)
      item.remove()
    }
    const holders = this.#holders()
    for (const card of cards) this.#draw(card, holders.get(card.id))
    this.#list.classList.toggle('crowded', cards.length > CROWD)
    this.#list.classList.toggle('fixed', !this.#room.canEdit)
  }

  isFull() {
    return this.#views.size >= MAX_CARDS
  }

  /** Puts a new card near the middle, ready to be written on. */
  add() {
    const id = Math.random().toString(36).slice(2, 10)
    const around = () => 0.4 + Math.random() * 0.2
    this.#room.set(textKey(id), '')
    this.#room.set(placeKey(id), formatPlace({ x: around(), y: around(), z: this.#top() }))
    this.render()
    this.#edit(id)
  }

  #draw(card, holder) {
    const view = this.#views.get(card.id) ?? this.#create(card.id)
    const { item, face, remove } = view
    const distance = view.card ? Math.hypot(card.x - view.card.x, card.y - view.card.y) : 0
    if (distance > 0) item.classList.toggle('gliding', distance > GLIDE_FROM)
    item.style.setProperty('--x', card.x)
    item.style.setProperty('--y', card.y)
    item.style.zIndex = card.z
    if (view.card?.text !== card.text) {
      face.textContent = card.text
      face.classList.toggle('long', card.text.length > LONG_TEXT)
      remove.setAttribute('aria-label', `Delete card: ${card.text || 'empty'}`)
      face.setAttribute('aria-label', card.text || 'Empty card')
    }
    item.classList.toggle('held', Boolean(holder))
    item.style.setProperty('--who', holder?.color ?? 'transparent')
    item.dataset.holder = holder?.name ?? ''
    view.card = card
  }

  #create(id) {
    const item = document.getElementById('card-template').content.firstElementChild.cloneNode(true)
    const seed = [...id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)
    item.dataset.id = id
    item.dataset.tint = seed % TINTS
    item.style.setProperty('--tilt', `${((seed % 7) - 3) / 2}deg`)
    const view = { item, face: item.querySelector('.face'), remove: item.querySelector('.remove') }
    this.#views.set(id, view)
    this.#list.append(item)
    return view
  }

  /** Which card is in whose hand, others' hands only. */
  #holders() {
    const holders = new Map()
    for (const [id, person] of this.#room.people) {
      if (id !== this.#room.me && person.holding) holders.set(person.holding, person)
    }
    return holders
  }

  #top() {
    const layers = this.#room.cards().map(({ z }) => z)
    return Math.max(0, ...layers) + 1
  }

  #edit(id) {
    const view = this.#views.get(id)
    if (!view || !this.#room.canEdit) return
    this.#room.setMine('holding', id)
    editCard(view.item, view.face, view.card.text, (text) => {
      this.#room.setMine('holding', undefined)
      const line = tidy(text, MAX_TEXT)
      if (this.#views.has(id) && line !== this.#room.card(id)?.text) this.#room.set(textKey(id), line)
    })
  }

  #delete(id) {
    const next = this.#neighbour(id)
    this.#room.set(textKey(id), undefined)
    ;(next ?? document.getElementById('add')).focus()
  }

  #neighbour(id) {
    const { item } = this.#views.get(id)
    return (item.nextElementSibling ?? item.previousElementSibling)?.querySelector('.face')
  }

  #keydown(event) {
    const face = event.target.closest('.face')
    if (!face || !this.#room.canEdit) return
    const { id } = face.parentElement.dataset
    if (event.key in STEPS) this.#nudge(id, STEPS[event.key], event.shiftKey ? BIG_STEP : STEP)
    else if (event.key === 'Delete' || event.key === 'Backspace') this.#delete(id)
    else if (event.key === 'F2') this.#edit(id)
    else return
    event.preventDefault()
  }

  #nudge(id, [right, down], step) {
    // Asked of the room: keys, and other people, may be faster than the next frame.
    const card = this.#room.card(id)
    if (!card) return
    const spot = { x: card.x + right * step, y: card.y + down * step }
    this.#room.set(placeKey(id), formatPlace({ ...spot, z: card.z }))
  }

  #click(event) {
    const { id } = event.target.closest('.card')?.dataset ?? {}
    if (!id || !this.#room.canEdit) return
    if (event.target.closest('.remove')) this.#delete(id)
    // A click that no pointer made: Enter, Space or a screen reader.
    else if (event.detail === 0 && event.target.closest('.face')) this.#edit(id)
  }
}
