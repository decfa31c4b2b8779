/** Ways for a relay to fail, to show that the generator notices. */

const EVERY = 500

/** `send(socket, bytes)`, with every 500th copy of a change dropped, repeated, or swapped with the next for that socket. */
export function faulty(fault, send) {
  if (!fault) return send
  let count = 0
  const heldBack = new Map()

  return (socket, bytes) => {
    const unlucky = bytes.includes('roomChanges') && ++count % EVERY === 0
    if (unlucky && fault === 'drop') return
    if (unlucky && fault === 'swap') {
      if (!heldBack.has(socket)) return void heldBack.set(socket, bytes)
    }
    send(socket, bytes)
    if (unlucky && fault === 'repeat') send(socket, bytes)
    const late = heldBack.get(socket)
    if (!late) return
    heldBack.delete(socket)
    send(socket, late)
  }
}
