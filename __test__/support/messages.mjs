/** The words of the wire protocol, as a client of it writes them. Knows nothing of the server under test. */

export const PROTOCOL = 'websocket-room-server:1'

export const helloReq = (fields = {}) => ({
  protocol: PROTOCOL,
  roomProtocol: 'test:1',
  roomId: 'room',
  clientState: {},
  ...fields,
})

/** `{ a: '1', b: undefined }` as key-value sets; a value of undefined makes an entry without value. */
export const sets = (changes) => Object.entries(changes).map(([key, value]) => ({ key, value }))

/** `changeReq({ room: { a: '1' }, client: { b: '2' }, echo: true })` */
export const changeReq = ({ room, client, ...rest } = {}) => ({
  type: 2,
  roomChanges: room && (Array.isArray(room) ? room : sets(room)),
  clientChanges: client && (Array.isArray(client) ? client : sets(client)),
  ...rest,
})

export const actionReq = (action, fields = {}) => ({ type: 4, action, ...fields })

/** The notification of changes to the room that `id` made. */
export const roomNotif = (id, changes) => ({
  type: 3,
  roomChanges: sets(changes),
  updateClients: { [id]: undefined },
})
