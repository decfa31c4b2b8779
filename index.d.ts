/**
 * Live rooms with shared state on the HTTP server you already have.
 *
 * A *room* has an id, a key-value state and clients. A client joins one room with a hello; from then on it hears of every change
 * and of everybody who comes and goes. Four hooks on {@link WSS} let the application decide who may join, which changes count, what
 * an action does, and act when somebody has left. Without a hook everything is allowed (and actions are refused).
 *
 * Needs no types but TypeScript's own.
 */

// ---------------------------------------------------------------------------------------------------------------------------
// Messages: what travels between client and server, as JSON text. Declared where the protocol is
// ---------------------------------------------------------------------------------------------------------------------------

export { MESSAGE_TYPE, PROTOCOL } from './src/js/protocol/index.cjs'
export type {
  Message,
  KVStore,
  KVSet,
  HelloReq,
  HelloFailResp,
  HelloSuccessResp,
  ChangeReq,
  ChangeNotif,
  ActionReq,
  ActionResp,
  CloseReq,
  CloseResp,
  ClientInfo,
  ClientMap,
  ClientUpdateMap,
} from './src/js/protocol/index.cjs'
import type {
  KVStore,
  KVSet,
  HelloReq,
  ChangeReq,
  ChangeNotif,
  ActionReq,
  ActionResp,
  ClientInfo,
  ClientMap,
} from './src/js/protocol/index.cjs'

// ---------------------------------------------------------------------------------------------------------------------------
// Rooms, as the application sees them
// ---------------------------------------------------------------------------------------------------------------------------

/**
 * A room. A live object: what is written to `state` or `clients` is done to the room, at once and without telling anybody
 * ({@link WSS.broadcastChange} tells). It is the same object for as long as the room lives, so an application may keep further
 * properties of its own on it.
 *
 * From the first look at a room until the end of that piece of synchronous code (and its microtasks) nothing but that code changes it.
 */
export interface RoomInfo {
  /** By which it stands in {@link WSS.rooms}. Clients choose it. */
  id: string
  /** The clients in the room by id, in the order of joining, readonly ones included. */
  clients: RoomClientMap
  /** May be written, deleted from and replaced. */
  state: KVStore
}

/**
 * The rooms by id, in the order of creation.
 *
 * `rooms[id] = { id, clients: {}, state }` makes a room, and the assigned object *is* the room from then on. `delete rooms[id]`
 * removes one without telling anybody; clients in it stay connected, and their next request fails. An empty room keeps its state
 * until it is deleted. Reading a room that doesn't exist gives `undefined`.
 *
 * The rooms in it are {@link LiveRoom}s as well; {@link WSS.room} gives them with that type.
 */
export interface RoomMap {
  [id: string]: RoomInfo
}

/** A client in a room. A live object, as the room is. */
export interface RoomClientInfo extends ClientInfo {
  /** The client's WebSocket: for messages to this client alone. */
  ws: SSWebSocket
  /** Watches only. */
  readonly: boolean
}

/** Clients in a room by id. */
export interface RoomClientMap {
  [id: string]: RoomClientInfo
}

/**
 * A room with all that can be done with it: what hooks and {@link WSS.room} give. What {@link RoomInfo} does not have is not enumerable, so
 * copies, JSON and console output show a room as ever; a property of the application's own by one of these names takes its place.
 *
 * On a room that has been deleted meanwhile nothing here throws: `set`, `delete` and `update` change the object's own state, and nobody is
 * told.
 * @typeParam RoomData what the application keeps in `data`
 * @typeParam ClientData what it keeps in the `data` of clients
 */
export interface LiveRoom<RoomData = any, ClientData = any> extends RoomInfo {
  clients: LiveClientMap<ClientData>
  /** An object of the application's own, empty at first. It lives as long as the room and is never sent. */
  data: RoomData
  /** How many clients are in the room, and how many of them only watch. */
  readonly counts: RoomCounts

  /**
   * Sets a key and tells all members, like {@link update} with this one change.
   * @param value `undefined` deletes the key
   */
  set(key: string, value: string | undefined): void
  /** Deletes a key and tells all members, like {@link update} with this one change. */
  delete(key: string): void
  /**
   * Changes the state and tells all members, readonly ones included, with one {@link ChangeNotif}. All or nothing: when the function throws,
   * or a value is no string, nothing has happened. Where nothing changes (no changes, or only keys deleted that aren't there) nothing is
   * sent.
   * @param changes values by key, or a list, in which the last one for a key counts; no value: the key is deleted. Or a function, which is
   *   given the state to write to: what it writes are the changes. It must do so at once.
   * @throws TypeError for other changes, for values that are no strings, and for a function that is async
   */
  update(changes: { [key: string]: string | undefined } | readonly KVSet[] | ((draft: KVStore) => void)): void
  /**
   * Sends a message to all members, without changing the room.
   * @param message a text is sent as it is, all else as JSON
   * @param skipClientId who isn't to get it
   */
  broadcast(message: unknown, skipClientId?: string | null): void
}

/** See {@link LiveRoom.counts}. */
export interface RoomCounts {
  /** All clients in the room. */
  clients: number
  /** Those of them that only watch. */
  readonly: number
}

/**
 * A client with all that can be done with it: what hooks give, and `clients` of a {@link LiveRoom}. What {@link RoomClientInfo} does not have
 * is not enumerable, as with rooms.
 */
export interface LiveClient<ClientData = any> extends RoomClientInfo {
  /** By which it stands in the room's `clients`. */
  readonly id: string
  /**
   * Whether it has a connection. False for one that is closed or closing, and for a client that has lost its connection and may come back:
   * what is sent to that one is kept for it.
   */
  readonly connected: boolean
  /** An object of the application's own, empty at first. It lives as long as the client's session and is never sent. */
  data: ClientData

  /**
   * Sends a message to this client alone; nothing happens when its connection is closed.
   * @param message a text is sent as it is, all else as JSON
   */
  send(message: unknown): void
  /**
   * Asks the client for an action: it gets an {@link ActionReq} with an id and answers with an {@link ActionResp} of the same id. Clients that
   * don't know of such requests never answer.
   * @returns what the client answers, also where it says `success: false`. Rejects with an Error whose `name` is `TimeoutError`, `AbortError`
   *   (`cause`: the signal's reason) or `ClosedError`: the connection is closed or closing. A late answer is ignored.
   */
  request(action: string, data?: string, options?: RequestOptions): Promise<ActionResp>
  /** As {@link WSS.ejectClient}. False when the client is in no room. */
  eject(msg?: string): boolean
}

/** Clients in a room by id. */
export interface LiveClientMap<ClientData = any> {
  [id: string]: LiveClient<ClientData>
}

/** For {@link LiveClient.request}. */
export interface RequestOptions {
  /** How long to wait, in ms. Default 10000; `Infinity`: as long as the connection lasts. It doesn't keep the process alive. */
  timeoutMs?: number
  /** Gives up when it is aborted: an `AbortSignal`. */
  signal?: {
    readonly aborted: boolean
    readonly reason?: any
    /** For the end of the wait. */
    addEventListener(type: 'abort', listener: () => void): void
    /** When the wait is over. */
    removeEventListener(type: 'abort', listener: () => void): void
  }
}

// ---------------------------------------------------------------------------------------------------------------------------
// Sockets
// ---------------------------------------------------------------------------------------------------------------------------

/** Node's `Buffer` where its types are known, else the `Uint8Array` that it is. */
type Bytes = typeof globalThis extends { Buffer: { alloc(size: number): infer B extends Uint8Array } }
  ? B
  : Uint8Array

/** What can be sent: text as a text frame, bytes as a binary one. A number is sent as its decimal text. */
export type SocketData = string | number | ArrayBufferLike | ArrayBufferView

/** Called once the engine has the data, or with an error if the socket is not open. */
type SendCallback = (error?: Error) => void

/** Where a connection is in its life. */
export interface SocketState {
  /** 0 waiting for the hello, 1 the hello hook is running, 2 in a room, 3 closing, 4 closed. */
  status: number
  /** When the connection was made, in ms since 1970. */
  lastEvent: number
  /** The room that the client is or was in. */
  roomId?: string
  /** From the connection on, before any room. */
  clientId?: string
  /** Watches only. True until the client is in a room. */
  readonly: boolean
}

/** The request by which a connection was made. */
export interface UpgradeInfo {
  /** As Node gives them: by lower-case names. */
  headers: { [name: string]: string | string[] | undefined }
  /** Path and query. */
  url: string
  /** The other end of the connection: behind a proxy, the proxy. */
  remoteAddress?: string
  /** The `Origin` header: browsers say by it which page connects. */
  origin?: string
}

/**
 * A client's WebSocket, as far as the application needs one: the engine does the reading, and closes and cuts by its own rules.
 * On a closed socket everything here does nothing.
 *
 * Everything sent to one client leaves in the order of the calls: `send`, {@link WSS.broadcastChange} and the engine's own messages.
 */
export interface SSWebSocket {
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSING: 2
  readonly CLOSED: 3

  /** One of the four constants; from the start 1. */
  readonly readyState: 0 | 1 | 2 | 3
  /** Bytes that wait to be sent. Past {@link RoomServerOptions.maxBufferedBytes} the client is closed with 4100. */
  readonly bufferedAmount: number

  /** What the server knows of the connection. For reading. */
  readonly ss: SocketState
  /** The client has answered, or said anything, since the last heartbeat. */
  readonly isAlive: boolean
  /** The `Cookie` header of the upgrade request, as it came. */
  cookies?: string
  /** The upgrade request of the latest connection. Still there when that is closed. */
  readonly request: UpgradeInfo

  /** Sends one message. What can't be sent (`null`, an object) throws a TypeError. */
  send(data: SocketData, callback?: SendCallback): void
  /**
   * Sends one message.
   * @param options `binary`: as a binary or as a text message, whatever the data is
   */
  send(data: SocketData, options: { binary?: boolean }, callback?: SendCallback): void
  /**
   * Closes with the closing handshake. Without a code the close frame is empty.
   * @param code 1000 to 1014 but 1004, 1005 and 1006, or 3000 to 4999. Others throw a TypeError.
   * @param reason at most 123 bytes; what is longer is cut
   */
  close(code?: number, reason?: string | Uint8Array): void
  /** Cuts the connection without a handshake. The client sees 1006. */
  terminate(): void
  /** Sends a ping. The heartbeat pings by itself. More than 125 bytes throw a RangeError. */
  ping(data?: SocketData, mask?: boolean, callback?: SendCallback): void

  /** The connection is gone: the client's code (1005 none given, 1006 cut) and reason. Comes after the client has left its room. */
  on(event: 'close', listener: (this: this, code: number, reason: Bytes) => void): this
  /** The client answered a ping. */
  on(event: 'pong', listener: (this: this, data: Bytes) => void): this
  /** Never emitted by the engine, which handles errors itself; here so that code written for other WebSockets runs. */
  on(event: 'error', listener: (this: this, error: Error) => void): this
  /** As `on`, for one time. */
  once(event: 'close', listener: (this: this, code: number, reason: Bytes) => void): this
  /** As `on`, for one time. */
  once(event: 'pong', listener: (this: this, data: Bytes) => void): this
  /** As `on`, for one time. */
  once(event: 'error', listener: (this: this, error: Error) => void): this
  /** Takes a listener off. */
  off(event: 'close', listener: (this: this, code: number, reason: Bytes) => void): this
  /** Takes a listener off. */
  off(event: 'pong', listener: (this: this, data: Bytes) => void): this
  /** Takes a listener off. */
  off(event: 'error', listener: (this: this, error: Error) => void): this
}

// ---------------------------------------------------------------------------------------------------------------------------
// Hooks
// ---------------------------------------------------------------------------------------------------------------------------

/** How a client is let in. */
export interface HelloResult {
  /** The client's state. This very object is `room.clients[clientId].clientState` from then on. */
  clientState: KVStore
  /** It watches only: the others don't see it, and it can't change the room. */
  readonly: boolean
}

/** What becomes of a change. */
export interface ChangeResult {
  /** Made to the room's state, in order. */
  roomChanges?: KVSet[]
  /** Made to the client's own state, in order. */
  clientChanges?: KVSet[]
  /** The sender gets the notification as well. */
  echo?: boolean
}

/**
 * Decides about a client that wants to join. `req` is the hook's own: what it writes to `roomId`, `roomProtocol`, `clientType` or
 * `clientName` counts. The client isn't in any room yet: `sws` can be used to talk to it. Throwing refuses it: close 1002 with the
 * reason `error: <message>`, cut to 123 bytes.
 */
export type CheckHelloReq<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  req: HelloReq,
  clientId: string,
  sws: SSWebSocket,
) => Promise<HelloResult> | HelloResult

/**
 * Does what a client asks for, and answers it. Throwing ends the connection: close 1002 with the reason `error: <message>`. Where nothing
 * is returned the client is told `success: false` and `unhandled action`.
 */
export type HandleActionReq<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  req: ActionReq,
  room: LiveRoom<RoomData, ClientData>,
  clientId: string,
  clientInfo: LiveClient<ClientData>,
) => Promise<ActionResp> | ActionResp

/**
 * Decides what becomes of a change: what it returns is applied and announced. Nothing is announced when the request had neither
 * `roomChanges` nor `clientChanges`. Throwing ends the connection: close 1002 with the reason `error: <message>`.
 */
export type CheckChangeReq<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  req: ChangeReq,
  room: LiveRoom<RoomData, ClientData>,
  clientId: string,
  clientInfo: LiveClient<ClientData>,
) => Promise<ChangeResult> | ChangeResult

/** Told when a client has left: it is out of `room.clients` and the others know. */
export type HandleLeave<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  room: LiveRoom<RoomData, ClientData>,
  clientId: string,
  clientInfo: LiveClient<ClientData>,
) => Promise<void> | void

/**
 * Fills a room before its first client enters: writes to `room.state`, or returns an object that becomes the state. Called once for each
 * life of a room that clients make by wanting to enter it; rooms that the application has made are not loaded. All who want to enter wait.
 * Throwing leaves nothing of the room and closes them with 4102 and the reason `error: <message>`: they may try again.
 */
export type LoadRoom<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  room: LiveRoom<RoomData, ClientData>,
) => unknown

/**
 * Told when a client has lost its connection and may come back within {@link RoomServerOptions.resumeMs}: it is in `room.clients` still and
 * the others notice nothing. What is sent to it is kept for it. Nobody waits for this hook.
 */
export type HandleDrop<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  room: LiveRoom<RoomData, ClientData>,
  clientId: string,
  clientInfo: LiveClient<ClientData>,
) => Promise<void> | void

/**
 * Told when a client has come back: it has another connection, and gets what it has missed. `clientInfo` and `clientInfo.ws` are the same
 * objects, with the request of the new connection. Also called, without an `onDrop` before, when the new connection came while the old one
 * still looked alive. May eject the client. Nobody waits for it.
 */
export type HandleResume<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  room: LiveRoom<RoomData, ClientData>,
  clientId: string,
  clientInfo: LiveClient<ClientData>,
) => Promise<void> | void

/** Told when a client has entered: it is in `room.clients` and has its answer. Nobody waits for it. */
export type HandleJoin<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  room: LiveRoom<RoomData, ClientData>,
  clientId: string,
  clientInfo: LiveClient<ClientData>,
) => Promise<void> | void

/**
 * Told when a room is gone, after {@link RoomServerOptions.emptyRoomTtlMs} without clients or by {@link WSS.closeRoom}; not for
 * `delete wss.rooms[id]`. `room` has the last state.
 */
export type HandleDisposeRoom<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  room: LiveRoom<RoomData, ClientData>,
) => Promise<void> | void

/** Told what a hook threw or rejected with, that it took too long, or that what it returned can't be used. Its own errors go to stderr. */
export type HandleError<RoomData = any, ClientData = any> = (
  wss: WSS<RoomData, ClientData>,
  error: unknown,
  where: HookFailure,
) => Promise<void> | void

/** Where a hook has failed. */
export interface HookFailure {
  hook:
    | 'onHelloReq'
    | 'onChangeReq'
    | 'onActionReq'
    | 'onLeave'
    | 'onLoadRoom'
    | 'onJoin'
    | 'onDrop'
    | 'onResume'
    | 'onDisposeRoom'
  clientId?: string | undefined
  roomId?: string | undefined
}

// ---------------------------------------------------------------------------------------------------------------------------
// The room server
// ---------------------------------------------------------------------------------------------------------------------------

/**
 * Settings of a {@link WSS}, for its constructor and {@link WSS.configure}. Numbers are whole ones from 1 (threads: to 64) unless said otherwise. The constructor throws a RangeError for
 * another number, and a TypeError for what is no number, no path, or no option at all; the message names the option.
 *
 * What limits clients is judged by the engine before any JavaScript is asked, and only the client that goes past a limit notices.
 */
export interface RoomServerOptions {
  /** The path of the WebSockets, matched exactly; a query is ignored. Default `/wss`. */
  path?: string
  /** How long a connection may take to send its hello, in ms. Past it: close 1002 `no hello received in time`. Default 5000. */
  helloTimeoutMs?: number
  /** Time between two pings, in ms. A client from which a whole interval brought nothing is cut. Default 10000. */
  heartbeatIntervalMs?: number
  /** The largest hello, in bytes. Past it: close 1009. Default 1 MiB, at most 256 MiB. */
  maxHelloBytes?: number
  /** The largest message of a client that has joined, in bytes. Past it: close 1009. Default 16 MiB, at most 256 MiB. */
  maxMessageBytes?: number
  /**
   * How much may wait for one client that doesn't read, in bytes; the message that passes it is queued too. With the next one: close
   * 4100, unless its socket takes what waits; the others never wait for it. Default 16 MiB.
   */
  maxBufferedBytes?: number
  /**
   * How many requests of one client may wait for hooks. Past it, or when they have `maxBufferedBytes` together, reading from that
   * client pauses; nothing is lost. Default 1024.
   */
  pendingMessages?: number
  /**
   * Connections at once, whether in a room or not; clients that have lost theirs don't count. Past it an upgrade gets 503.
   * Default `Infinity`.
   */
  maxClients?: number
  /** Clients in one room, readonly ones included. Past it a hello is closed with 1013 `the room is full`. Default `Infinity`. */
  maxClientsPerRoom?: number
  /**
   * Rooms. Past it a hello for a room that isn't there is closed with 1013 `there are too many rooms`; the application may make more.
   * Default `Infinity`.
   */
  maxRooms?: number
  /**
   * How large a room's state may become by its clients' changes: the bytes of all keys and values as JSON strings. A change past it is
   * refused as a whole, and its client closed with 1002 `error: the room's state would be larger than maxStateBytes`. A state that is
   * larger already, by the application's doing, may shrink. Default `Infinity`.
   */
  maxStateBytes?: number
  /** The same for the state of one client, in its hello as well. Default `Infinity`, which is 128 MiB. */
  maxClientStateBytes?: number
  /** How fast one client may send. Past it: close 4101. Its hello and its pings are not counted. Default: as fast as it likes. */
  rate?: RateLimit
  /**
   * One client's changes take effect in the order in which they arrived: a change whose hook is done early waits for its elders. Actions
   * don't wait. Default false: as hooks finish.
   */
  orderedChanges?: boolean
  /** How long a room may be without clients, in ms, before it is deleted with its state. Default `Infinity`: rooms stay. */
  emptyRoomTtlMs?: number
  /**
   * How long a client that asks for it may be without a connection, in ms, and keep its id, its state and its place in the room: when it is
   * back it gets what it has missed. 0: nobody may. Default 30000.
   */
  resumeMs?: number
  /**
   * How much of what was sent to such a client is held until it has said that it has it, in bytes; each message counts 64 bytes more. Past it
   * the oldest is let go: a client that comes back without it gets the whole room instead. Messages to many are held once. Default 1 MiB.
   */
  resumeBytes?: number
  /** How many clients may be without a connection at once. Past it who loses its connection leaves at once. Default 10000. */
  maxDropped?: number
  /**
   * Compress messages (permessage-deflate without context takeover) for clients that offer it, as browsers do: `true`, or from how
   * many bytes on. A message is compressed once for all who get it. Default: false; `true` means from 1024 bytes on.
   */
  compression?: boolean | { threshold?: number }
  /**
   * Which web pages may connect; upgrades of others get 403. Browsers send the origin of their page with every WebSocket, and the user's
   * cookies too, whatever page it is: a server that knows users by cookies needs this (or a check of its own in `onHelloReq`).
   *
   * - `false`, the default: all.
   * - `'same-host'`: those of the host (and port) that the request's `Host` header names. Behind a proxy that rewrites `Host` it
   *   refuses everybody: have the proxy keep `Host`, or give a list. `X-Forwarded-Host` is not looked at, as anybody may send it.
   * - a list: `https://example.org`, `http://localhost:5173`; `https://*.example.org` is any subdomain but not `example.org` itself;
   *   `'null'` is what sandboxed frames and files send. Scheme and port count.
   * - a function, which lets in by returning `true`. It is not awaited; throwing refuses.
   *
   * Requests without `Origin` come from other programs than browsers, which can send any origin anyway: `'same-host'` and lists let them
   * in; a function is given `undefined`.
   */
  allowedOrigins?: false | 'same-host' | readonly string[] | OriginCheck
  /** Up to which level {@link WSS.onLog} gets records. Default `'off'`. */
  logLevel?: LogLevel | 'off'
  /** See {@link WSS.onLog}. Needs `logLevel`. */
  onLog?: LogListener
  /**
   * How long `onHelloReq`, `onChangeReq`, `onActionReq` and `onLoadRoom` may take, in ms. Past it: as if the hook had thrown
   * `<name of the hook> timed out`; what it gives later is dropped. 0: as long as they like. Default 30000.
   */
  hookTimeoutMs?: number
  /** Threads that serve sockets. They start with `addWebsockets`. Default: 2 or the number of cores, the smaller. */
  threads?: number
  /** Print what happens on stdout, messages included. Default false. */
  debug?: boolean
}

/** A token bucket for each client. */
export interface RateLimit {
  /** Over time. More than 0; may be a fraction. */
  messagesPerSecond: number
  /** At once, after a pause. Default: twice `messagesPerSecond`, at least 1. */
  burst?: number
}

/** Decides about an upgrade by its `Origin` header. `request` is Node's `http.IncomingMessage`. */
export type OriginCheck = (origin: string | undefined, request: any) => boolean

/** From the least to the most. The engine's own records are errors, and debug and trace for what single clients do. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** Something that has happened. Text of clients is in the message quoted and escaped only. */
export interface LogRecord {
  level: LogLevel
  /** Which part tells: `room_server`, or a module of the engine. */
  target: string
  message: string
}

/** Gets the records one by one, the engine's a moment after the fact. What it throws is reported on stderr. */
export type LogListener = (this: WSS, record: LogRecord) => void

/** For {@link WSS.addWebsockets}. */
export interface AttachOptions {
  /**
   * Clients wait until this is fulfilled (a database is there, say): 1024 at most, and each 30 s; the others get 503. Rejected: all get 503,
   * and the error goes to stderr. A further call for the same http server with another `ready` takes its place.
   */
  ready?: PromiseLike<unknown>
}

/** How {@link WSS.close} ends. */
export interface CloseOptions {
  /** Close code for the clients. Default 1001. */
  code?: number
  /** Default `server going away`. */
  reason?: string
  /** How long it may take until all clients are gone, in ms from 0. Those who are left then are cut. Default 5000. */
  drainMs?: number
  /**
   * How many clients are closed at once, every 50 ms, so that they don't all come back at once. Default: 250, or more where telling all of
   * them would take more than half of `drainMs`.
   */
  batch?: number
}

/** Figures of a {@link WSS}: totals since it was made, unless said otherwise. */
export interface RoomServerStats {
  /** Rooms, now. */
  rooms: number
  /** Clients in rooms, now. */
  clients: number
  /** Open connections, now. */
  connections: number
  /** Clients in rooms that have lost their connection and may come back, now. */
  dropped: number
  /** Messages from clients. */
  messagesIn: number
  /** Messages queued for clients: a notification counts once for each that gets it. */
  messagesOut: number
  /** As the sockets have them: heads of frames included. */
  bytesIn: number
  /** As `bytesIn`. */
  bytesOut: number
  /** Bytes that wait for clients to read them, now. */
  queuedBytes: number
  /** Requests that wait for hooks, now. */
  pendingCalls: number
  /** Ended connections by close code: 1006 was cut, 1005 gave none. */
  closes: { [code: string]: number }
  /** Clients that came back, by what they got. */
  resumes: {
    /** What they had missed. */
    replayed: number
    /** The room as it was then, as what they had missed was not held any more. */
    snapshot: number
    /** Nothing: their time was over, or their token was none of ours. They entered as any other client. */
    refused: number
  }
  /** By the hooks' names, of those that have been called. */
  hooks: { [hook: string]: HookStats }
  /** Time since the room server was made. */
  uptimeMs: number
}

/** How often a hook was called, and how long it took from the call until what it returned had settled. */
export interface HookStats {
  /** Calls that are done. */
  count: number
  /** Those of them that threw, rejected or took too long, or returned what can't be used. */
  errors: number
  /** The mean of all calls, in ms. */
  meanMs: number
  /** The longest call so far, in ms. */
  maxMs: number
}

/**
 * Whatever has an `'upgrade'` event: `http.Server`, `https.Server`, `http2.createSecureServer(…)` with `allowHTTP1`, the `httpServer` of
 * vite's dev server.
 */
export interface UpgradeServer {
  /** Is given the request, its socket, and the bytes behind the request. */
  on(event: 'upgrade', listener: (request: any, socket: any, head: any) => void): unknown
  /** The server has closed. */
  on(event: 'close', listener: () => void): unknown
  /** Whether others take upgrades as well. */
  listenerCount(event: 'upgrade'): number
}

/**
 * A room server: rooms and the hooks for them. Making one starts nothing: no thread, no timer, nothing that keeps a process alive.
 * @typeParam RoomData what the application keeps in the `data` of rooms
 * @typeParam ClientData what it keeps in the `data` of clients
 */
export declare class WSS<RoomData = any, ClientData = any> {
  /** The rooms by id. See {@link RoomMap}. */
  rooms: RoomMap
  /** Number of the latest connection. The next one's id is `connection:<this + 1>`. */
  readonly client: number
  /** Print what happens on stdout. */
  debug: boolean

  /**
   * Decides who may join. Unset: everybody.
   *
   * All hooks may be set, replaced and unset (`undefined`) at any time; a hook is looked up when it is called. They get the WSS they
   * belong to, also as `this`. One client's messages start their hooks in order, but don't wait for each other.
   */
  onHelloReq?: CheckHelloReq<RoomData, ClientData> | undefined
  /** Handles actions. Unset: an action ends the connection with close 1002 `error: unhandled actions`. */
  onActionReq?: HandleActionReq<RoomData, ClientData> | undefined
  /** Decides about changes. Unset: every change is applied and announced, without any JavaScript. */
  onChangeReq?: CheckChangeReq<RoomData, ClientData> | undefined
  /** Told when somebody has left. */
  onLeave?: HandleLeave<RoomData, ClientData> | undefined
  /** Fills a room before its first client enters. Unset: it is empty. */
  onLoadRoom?: LoadRoom<RoomData, ClientData> | undefined
  /** Told when somebody has entered. */
  onJoin?: HandleJoin<RoomData, ClientData> | undefined
  /** Told when somebody has lost the connection and may come back. */
  onDrop?: HandleDrop<RoomData, ClientData> | undefined
  /** Told when somebody has come back. */
  onResume?: HandleResume<RoomData, ClientData> | undefined
  /** Told when a room is gone. */
  onDisposeRoom?: HandleDisposeRoom<RoomData, ClientData> | undefined
  /** Told what goes wrong in the other hooks. Unset: what no client is told goes to stderr. */
  onError?: HandleError<RoomData, ClientData> | undefined

  /**
   * Starts nothing.
   * @param options settings, or only whether to print what happens
   */
  constructor(options?: boolean | RoomServerOptions)

  /**
   * Takes settings in the place of the constructor's: for the exported {@link wss}, which has been made already. All options count, those that
   * are missing by their defaults. Must come before the first `addWebsockets` and before any room is made or looked at.
   *
   * A further call with the same options changes nothing, at any time, but that its functions (`onLog`, `allowedOrigins`) take the place
   * of the earlier ones and `debug` is switched.
   * @throws RangeError, TypeError for wrong options, as the constructor; Error, naming them, for options that come too late
   */
  configure(options: RoomServerOptions): void

  /**
   * Serves WebSockets on the path, on this server. Any number of servers may be attached, before or after they listen; attaching one
   * twice changes nothing. Upgrades to other paths are left to the server's other listeners; where there are none, they get 404. When
   * the server closes, so do the connections that came through it (1001).
   * @throws Error if another WSS serves that path on this server, or if there is no build of the engine for this machine
   */
  addWebsockets(httpServer: UpgradeServer, options?: AttachOptions): void

  /** The room, `undefined` where there is none. The same object as `rooms[id]`. */
  room(id: string): LiveRoom<RoomData, ClientData> | undefined

  /**
   * Ejects all clients of a room (close 4501) and deletes it; `onLeave` is called for each and then `onDisposeRoom`, before this returns.
   * Clients that asked for extensions get a {@link CloseReq} with the message first. Clients that wait until the room is loaded are closed
   * with 4102; whoever comes afterwards makes the room anew.
   * @param msg the reason, cut to 123 bytes. Default `room closed`
   * @returns false where there is no such room
   */
  closeRoom(roomId: string, msg?: string): boolean

  /**
   * Ejects a client (close 4500): it is taken out of the room, the others are told and `onLeave` is called, before this returns. A client that
   * asked for extensions gets a {@link CloseReq} with the message first. What it sends from now on is ignored; if it doesn't answer the
   * close it is cut.
   *
   * May be called anywhere, in hooks too and for the client that the hook is about. A client whose hello is still looked at is in no room
   * yet: throw to refuse it.
   * @param msg the reason, cut to 123 bytes. Default `ejected`
   * @returns false where no such client is in such a room (any more)
   */
  ejectClient(roomId: string, clientId: string, msg?: string): boolean

  /**
   * Sends a message to everybody in a room, readonly clients included. Changes nothing in the room: write to `room.state` as well.
   * The message is turned into JSON at once.
   * @param room a room, or anything with `clients` of the like
   * @param skipClientId who isn't to get it
   */
  broadcastChange(
    room: { clients: { [id: string]: { ws: { send(data: string): void } } } },
    changeNotif: ChangeNotif,
    skipClientId?: string | null,
  ): void

  /** What newcomers are told of the clients in a room: those who aren't readonly. */
  getClientMap(room: { clients: { [id: string]: ClientInfo & { readonly: boolean } } }): ClientMap

  /**
   * Closes a client's connection with 1002 and the reason. What it sends from now on is ignored.
   * @param reason at most 123 bytes; what is longer is cut
   */
  closeSocket(sws: SSWebSocket, reason: string): void

  /**
   * The end: from now on upgrades get 503; clients are closed in batches, behind what is queued for them; those who have not gone after
   * `drainMs` are cut; leave hooks run; the engine's threads end. Keeps the process alive until then, and nothing does afterwards.
   *
   * May be called anywhere, in hooks too. Waits for running leave hooks as long as there is time; not for one that calls it in its
   * synchronous part. Further calls get the promise of the first.
   */
  close(options?: CloseOptions): Promise<void>

  /** Figures for an operator. Cheap enough to be called each second. */
  stats(): RoomServerStats

  /** The same as OpenMetrics text, for Prometheus: `application/openmetrics-text; version=1.0.0; charset=utf-8`. */
  metrics(): string

  /** Told what happens, up to the option `logLevel`, which is off by default. */
  onLog?: LogListener | undefined
}

/**
 * The room server of this process: one and the same for everything that imports the package, also where a bundler made copies of it.
 */
export declare const wss: WSS
