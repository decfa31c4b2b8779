/** The connection light in the header, and the banner that explains why it isn't green. */
const LABELS = {
  connecting: 'Connecting…',
  open: 'Connected',
  reconnecting: 'Reconnecting…',
  closed: 'Disconnected',
}
const $ = (id) => document.getElementById(id)

/** `reason`: how the latest connection ended, null while there is one or none has been tried. */
export function showStatus({ status, reason }) {
  const light = $('status')
  light.dataset.state = status
  light.lastElementChild.textContent = LABELS[status]
  document.body.classList.toggle('offline', status !== 'open')
  $('banner').hidden = !reason
  $('banner-text').textContent = reason ? explain(status, reason) : ''
  $('retry').hidden = status === 'closed'
  $('go-lobby').hidden = status !== 'closed'
}

function explain(status, { code, reason }) {
  if (status === 'closed') return reason.replace(/^error: /, '')
  if (status === 'connecting') return 'The server cannot be reached. Trying again…'
  return `${code === 1001 ? 'The server is restarting.' : 'The connection was lost.'} Trying to get back…`
}
