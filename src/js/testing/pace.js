'use strict'

/** Reading a socket at a rate: what waits fills the kernel's buffers, and then the sender's. */

/** @import { Socket } from 'node:net' */

/** Between two reads, in ms. */
const TICK_MS = 20

/**
 * @param {Socket} socket with a listener for `data`
 * @param {number} bytesPerSecond `Infinity`: as fast as it comes
 * @returns {() => void} ends it; the socket is paused then
 */
function readAtRate(socket, bytesPerSecond) {
  if (bytesPerSecond === Infinity) {
    socket.resume()
    return () => socket.pause()
  }
  socket.pause()
  const share = Math.max(1, Math.round((bytesPerSecond * TICK_MS) / 1000))
  const timer = setInterval(() => socket.read(Math.min(share, socket.readableLength)), TICK_MS)
  const end = () => {
    clearInterval(timer)
    socket.off('close', end)
  }
  socket.once('close', end)
  return end
}

module.exports = { readAtRate }
