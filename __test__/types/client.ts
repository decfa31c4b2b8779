/** /client as an application uses it, with no types but TypeScript's own. */

import {
  connect,
  RoomClientError,
  type ActionHandler,
  type ConnectOptions,
  type HelloFields,
  type RoomClient,
  type RoomClientErrorCode,
  type Snapshot,
  type Status,
} from '@cgreenhalgh/websocket-room-server/client'

const hello: HelloFields = { roomProtocol: 'cards:1', roomId: 'r' }
const onAction: ActionHandler = async (action, data, client) => `${action} ${data} ${client.id}`
const options: ConnectOptions = {
  onAction,
  resume: true,
  reconnect: { minMs: 1, maxMs: 2, maxAttempts: 3, when: ({ code }) => (code === 4000 ? 'soon' : undefined) },
  connectTimeoutMs: 1,
  livenessMs: Infinity,
  maxHeldChars: 1,
  WebSocket: class {
    constructor(readonly url: string) {}
  },
}
const room: RoomClient = connect('wss://example.org/wss', hello, options)
connect({ base: '' }, () => hello)
connect(
  { base: { href: 'https://example.org' }, path: 'live' },
  async (client) => ({
    ...hello,
    clientState: client.snapshot.clients[client.id ?? '']?.clientState ?? {},
  }),
  { reconnect: false },
)

/** The contract of a Svelte store. */
interface Readable<T> {
  subscribe(run: (value: T) => void): () => void
}
export const store: Readable<Snapshot> = room

export async function use(
  signal: NonNullable<Parameters<RoomClient['action']>[2]>['signal'],
): Promise<string | undefined> {
  const same: RoomClient = await room.opened()
  const status: Status = same.status
  room.change({ room: { a: '1', b: undefined, c: null }, client: [{ key: 'a' }], echo: false })
  const off: () => void = room.on('joined', ({ id, outcome }) =>
    console.log(id.length, outcome === 'replayed'),
  )
  room.on('change', ({ roomChanges }) => roomChanges?.length)
  room.on('lost', ({ messages, unheld }) => messages.length + unheld)
  room.onAction = () => undefined
  off()
  for await (const event of room) if (event.type === 'status') console.log(event.detail.reason?.code)
  try {
    const { data } = await room.action('shuffle', 'all', signal ? { signal, timeoutMs: 1 } : {})
    return data
  } catch (error) {
    if (!(error instanceof RoomClientError)) throw error
    const code: RoomClientErrorCode = error.code
    return `${code} ${error.closeCode} ${error.response?.msg} ${status}`
  }
}

declare const console: { log(...args: unknown[]): void }

// @ts-expect-error what was read never changes
room.state.a = '1'
// @ts-expect-error values are strings
room.change({ room: { a: 1 } })
// @ts-expect-error no such event
room.on('closed', () => {})
// @ts-expect-error made by connect
new RoomClientError()
// @ts-expect-error which room?
connect('/wss', { roomProtocol: 'cards:1' })
