/** What goes beyond the original: typed data, powers of rooms and clients, and the hooks for a room's life. */

import { wss, WSS } from '@cgreenhalgh/websocket-room-server'
import type {
  ActionResp,
  CheckChangeReq,
  HandleError,
  HandleLeave,
  HookFailure,
  KVStore,
  LiveClient,
  LiveRoom,
  LoadRoom,
  RoomInfo,
  UpgradeInfo,
} from '@cgreenhalgh/websocket-room-server'

interface Game {
  moves: string[]
}
interface Player {
  user?: string
}

const games = new WSS<Game, Player>({ hookTimeoutMs: 0 })
export const shared: WSS<Game, Player> = wss

games.onLoadRoom = async (_wss, room) => {
  room.data = { moves: [] }
  return { turn: 'white' }
}
games.onLoadRoom = (_wss, room) => void (room.state.turn = 'white')
games.onJoin = (_wss, room, clientId, clientInfo) => {
  clientInfo.data.user = clientId
  room.data.moves.push(clientId)
}
games.onDrop = (_wss, room, clientId, clientInfo) => {
  room.data.moves.push(`${clientId} ${clientInfo.data.user ?? ''} ${clientInfo.connected}`)
}
games.onResume = async (_wss, _room, _clientId, clientInfo) => void clientInfo.eject()
games.onDisposeRoom = async (_wss, { id, state }) => console.log(id, state.turn)
games.onError = (server, error, { hook, clientId, roomId }) =>
  console.error(server.client, error, hook, clientId, roomId)
games.onLoadRoom = games.onJoin = games.onDisposeRoom = games.onError = undefined
games.onDrop = games.onResume = undefined

// Hooks that know nothing of the powers fit as ever, and so do rooms handed to functions of the application's.
const leave = (_wss: WSS, room: RoomInfo): void => print(room)
games.onLeave = leave
const load: LoadRoom<Game> = (_wss, room) => print(room)
const change: CheckChangeReq<Game, Player> = (_wss, req, room) => ({
  roomChanges: room.data.moves.length > 0 ? req.roomChanges : [],
})
const left: HandleLeave = (_wss, room) => print(room)
const error: HandleError = (_wss, thrown, where: HookFailure) => console.error(thrown, where.hook)
Object.assign(games, { onLoadRoom: load, onChangeReq: change, onLeave: left, onError: error })

function print(room: RoomInfo): void {
  console.log(room.id)
}

export async function powers(room: LiveRoom<Game, Player>, id: string): Promise<ActionResp | undefined> {
  room.set('turn', 'black')
  room.set('turn', undefined)
  room.delete('turn')
  room.update({ a: '1', b: undefined })
  room.update([{ key: 'a', value: '1' }, { key: 'b' }])
  room.update((draft: KVStore) => {
    draft.a = `${draft.b}!`
    delete draft.b
  })
  room.broadcast({ type: 99 }, id)
  room.broadcast('text', null)
  const { clients, readonly } = room.counts
  console.log(clients - readonly)
  const client: LiveClient<Player> | undefined = room.clients[id]
  client.send({ type: 99 })
  const { headers, url, remoteAddress, origin }: UpgradeInfo = client.ws.request
  console.log(headers['user-agent'], url.length, remoteAddress?.length, origin?.length)
  const gone: boolean = client.eject('enough') || client.eject()
  if (gone) return undefined
  await client.request('ready?')
  return client.request('ready?', 'now', { timeoutMs: 1000, signal: AbortSignal.timeout(500) })
}

export function closing(): boolean[] {
  const room: LiveRoom<Game, Player> | undefined = games.room('r')
  room?.data.moves.push('e4')
  return [games.ejectClient('r', 'connection:1'), games.closeRoom('r', 'over')]
}

// @ts-expect-error not what is kept with rooms
games.room('r')?.data.players.push('me')
// @ts-expect-error a state holds strings
games.room('r')?.set('count', 1)
// @ts-expect-error a state holds strings
games.room('r')?.update({ count: 1 })
// @ts-expect-error can't be set
games.room('r')!.counts = { clients: 1, readonly: 0 }
// @ts-expect-error there may be no such room
games.room('r').set('turn', 'white')
