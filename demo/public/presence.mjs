/** Who is here: the list of people, the faces in the header, and everybody's pointer on the board. */
import { formatSpot, parseSpot } from './rules.mjs'

const FACES = 3
const SVG = 'http://www.w3.org/2000/svg'
const ARROW = 'M1 1 L6.2 15.5 L8.6 9 L15 6.4 Z'

export class Presence {
  #room
  #parts
  #cursors = new Map()
  #shown = ''

  /** `parts`: the elements { people, faces, counts, cursors, myFace }. */
  constructor(room, parts) {
    this.#room = room
    this.#parts = parts
  }

  render() {
    this.#drawPeople()
    this.#drawCursors()
  }

  /** The list changes seldom, cursors all the time: it is only built anew when it differs. */
  #drawPeople() {
    const { me, people } = this.#room
    const everybody = Array.from(people, ([id, { name, color }]) => ({ id, name, color }))
    const shown = JSON.stringify([me, everybody])
    if (shown === this.#shown) return
    this.#shown = shown

    const others = everybody.filter(({ id }) => id !== me)
    const mine = everybody.filter(({ id }) => id === me)
    this.#parts.people.replaceChildren(...others.map(row))
    this.#parts.myFace.replaceChildren(...mine.map(avatar))
    const more = everybody.length - FACES
    const faces = [...mine, ...others].slice(0, FACES).map(avatar)
    if (more > 0) faces.push(badge(`+${more}`))
    this.#parts.faces.replaceChildren(...faces)
    for (const count of this.#parts.counts) count.textContent = everybody.length
  }

  #drawCursors() {
    const { me, people } = this.#room
    for (const [id, cursor] of this.#cursors) {
      if (people.get(id)?.cursor) continue
      cursor.remove()
      this.#cursors.delete(id)
    }
    for (const [id, person] of people) {
      const spot = id === me ? null : parseSpot(person.cursor)
      if (spot) this.#drawCursor(id, person, spot)
    }
  }

  #drawCursor(id, { name, color, holding }, { x, y }) {
    let cursor = this.#cursors.get(id)
    if (!cursor) {
      cursor = makeCursor()
      this.#cursors.set(id, cursor)
      this.#parts.cursors.append(cursor)
    }
    cursor.style.setProperty('--who', color)
    cursor.style.setProperty('--x', x)
    cursor.style.setProperty('--y', y)
    cursor.classList.toggle('busy', Boolean(holding))
    cursor.lastElementChild.textContent = name
  }
}

/** Tells the others where this mouse points; fingers have no pointer to show. */
export function shareCursor(room, area) {
  area.addEventListener('pointermove', (event) => {
    if (event.pointerType !== 'mouse') return
    const box = area.getBoundingClientRect()
    const x = (event.clientX - box.left) / box.width
    const y = (event.clientY - box.top) / box.height
    room.setMine('cursor', formatSpot({ x, y }))
  })
  area.addEventListener('pointerleave', () => room.setMine('cursor', undefined))
}

function row(person) {
  const item = document.createElement('li')
  const name = document.createElement('span')
  name.className = 'name'
  name.textContent = person.name
  item.append(avatar(person), name)
  return item
}

function avatar({ name, color }) {
  const face = badge(initials(name))
  face.style.setProperty('--who', color)
  face.title = name
  return face
}

function badge(text) {
  const element = document.createElement('span')
  element.className = 'avatar'
  element.setAttribute('aria-hidden', 'true')
  element.textContent = text
  return element
}

function initials(name) {
  const words = name.split(' ').filter(Boolean).slice(0, 2)
  return words
    .map((word) => [...word][0])
    .join('')
    .toUpperCase()
}

function makeCursor() {
  const cursor = document.createElement('div')
  cursor.className = 'cursor'
  const arrow = document.createElementNS(SVG, 'svg')
  arrow.setAttribute('viewBox', '0 0 16 16')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', ARROW)
  arrow.append(path)
  cursor.append(arrow, document.createElement('span'))
  return cursor
}
