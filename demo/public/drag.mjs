/**
 * Moving cards with a mouse, a pen or a finger, and recognising two taps on one card. Where a card
 * goes is sent as it moves (the room sends once per frame).
 */
import { formatPlace, placeKey } from './rules.mjs'

const SLOP_PX = 4
const TWO_TAPS_MS = 400

/** `top()` gives the layer above all cards; `tapTwice(id)` is called for a double click or tap. */
export function makeDraggable(list, room, { top, tapTwice }) {
  let drag = null
  let lastTap = { id: null, at: 0 }

  list.addEventListener('pointerdown', (event) => {
    const item = event.target.closest('.face')?.parentElement
    const card = item && room.card(item.dataset.id)
    if (!card || event.button !== 0 || drag || !room.canEdit) return
    event.target.setPointerCapture(event.pointerId)
    drag = begin(event, list, item, card)
  })

  list.addEventListener('pointermove', (event) => {
    if (event.pointerId !== drag?.pointerId) return
    if (!drag.moving && distance(event, drag) < SLOP_PX) return
    if (!drag.moving) lift()
    room.set(placeKey(drag.id), formatPlace({ ...spotUnder(event, drag), z: drag.z }))
  })

  list.addEventListener('pointerup', (event) => {
    if (event.pointerId !== drag?.pointerId) return
    if (!drag.moving) tap(drag.id)
  })

  // Every drag ends here: the pointer was lifted, the system took the gesture over, or the card
  // vanished under the finger (then only the document hears of it).
  document.addEventListener('lostpointercapture', (event) => {
    if (event.pointerId === drag?.pointerId) drop()
  })

  function lift() {
    drag.moving = true
    drag.z = top()
    drag.item.classList.add('dragging')
    room.setMine('holding', drag.id)
  }

  function drop() {
    if (drag.moving) {
      drag.item.classList.remove('dragging')
      room.setMine('holding', undefined)
    }
    drag = null
  }

  function tap(id) {
    const isSecond = lastTap.id === id && performance.now() - lastTap.at < TWO_TAPS_MS
    lastTap = isSecond ? { id: null, at: 0 } : { id, at: performance.now() }
    if (isSecond) tapTwice(id)
  }
}

function begin(event, list, item, { id, x, y }) {
  const free = {
    width: list.clientWidth - item.offsetWidth,
    height: list.clientHeight - item.offsetHeight,
  }
  return {
    id,
    item,
    free,
    from: { x, y },
    at: point(event),
    pointerId: event.pointerId,
    moving: false,
  }
}

/** The card's spot as a fraction of the free space, moved as far as the pointer was. */
function spotUnder(event, { free, from, at }) {
  const { x, y } = point(event)
  return {
    x: clamp(from.x + (x - at.x) / Math.max(1, free.width)),
    y: clamp(from.y + (y - at.y) / Math.max(1, free.height)),
  }
}

const point = ({ clientX, clientY }) => ({ x: clientX, y: clientY })
const distance = (event, { at }) => Math.hypot(event.clientX - at.x, event.clientY - at.y)
const clamp = (number) => Math.min(1, Math.max(0, number))
