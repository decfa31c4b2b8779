/** The connection light in the header, and the banner that explains why it isn't green. */
const LABELS = {
  connecting: 'Connecting…',
  live: 'Connected',
  waiting: 'Reconnecting…',
  refused: 'Disconnected',
}
const $ = (id) => document.getElementById(id)

export function showStatus({ state, message }) {
  const light = $('status')
  const before = light.dataset.state
  // Attempts come and go: once a line was lost, the page says so until it is back.
  const isRetry = state === 'connecting' && before === 'waiting'
  if (isRetry || state === before) return

  light.dataset.state = state
  light.lastElementChild.textContent = LABELS[state]
  document.body.classList.toggle('offline', state !== 'live')
  $('banner').hidden = !message
  $('banner-text').textContent = state === 'waiting' ? `${message} Trying to get back…` : message
  $('retry').hidden = state !== 'waiting'
  $('go-lobby').hidden = state !== 'refused'
}
