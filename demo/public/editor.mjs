/** Writing on a card: a text field over its face. Enter or leaving it keeps, Escape gives up. */
import { MAX_TEXT } from './rules.mjs'

/** Calls `done` once, with the text to keep. */
export function editCard(item, face, text, done) {
  if (item.querySelector('textarea')) return
  const field = document.createElement('textarea')
  field.maxLength = MAX_TEXT
  field.value = text
  field.placeholder = 'Write something'
  field.enterKeyHint = 'done'
  field.setAttribute('aria-label', 'Text of the card')
  item.classList.add('editing')
  item.append(field)
  field.focus()
  field.select()

  let isOpen = true
  const finish = (kept) => {
    if (!isOpen) return
    isOpen = false
    const hadFocus = document.activeElement === field
    item.classList.remove('editing')
    field.remove()
    if (hadFocus) face.focus({ preventScroll: true })
    done(kept)
  }
  field.addEventListener('blur', () => finish(field.value))
  field.addEventListener('keydown', (event) => {
    // An input method's own Enter, which only picks a word, is not ours.
    if (event.isComposing) return
    if (event.key === 'Enter') finish(field.value)
    else if (event.key === 'Escape') finish(text)
    else return
    event.preventDefault()
  })
}
