/**
 * A client for rooms: connects, says hello, keeps the room's state and clients as the server tells of them, comes back after cuts, and
 * resumes its seat where the server grants it. For pages and for Node; no dependencies. Works with the original server too.
 *
 * Needs no types but TypeScript's own.
 */

import type {
  ActionResp,
  ChangeNotif,
  ClientInfo,
  ClientMap,
  HelloReq,
  KVSet,
  KVStore,
  ResumeGrant,
} from '../protocol/index.cjs'

/**
 * Connects to a room server and joins a room. Returns at once: the client is `connecting`, and goes on trying.
 * @param target where the server is
 * @param hello what to join, and as whom
 * @throws RoomClientError `BAD_URL`, `NO_WEBSOCKET`
 */
export declare function connect(target: RoomLocation, hello: Hello, options?: ConnectOptions): RoomClient

/**
 * The URL of the room server (`wss://…/wss`; `https:` will do, and in a page what is relative to it: `/wss`), or the base of the
 * application whose server it is: `{ base: 'https://example.org/app' }` is `wss://example.org/app/wss`, and `{ base: '' }` in a page `/wss` on
 * its host.
 */
export type RoomLocation = string | Address | { base: string | Address; path?: string }

/** A `URL`, or what is as good. */
export interface Address {
  readonly href: string
}

/** What the hello says, or a function that is asked for each attempt. One that fails counts as a failed attempt. */
export type Hello = HelloFields | ((client: RoomClient) => HelloFields | Promise<HelloFields>)

/** {@link HelloReq} without what the client knows by itself. */
export type HelloFields = Omit<HelloReq, 'protocol' | 'clientState'> & { clientState?: KVStore }

/** For {@link connect}. */
export interface ConnectOptions {
  /** Answers what the server asks of this client. As {@link RoomClient.onAction}. */
  onAction?: ActionHandler | undefined
  /** Ask for a session that outlives cuts. Default true. */
  resume?: boolean | undefined
  /** When and how often to come back; false: never, the first end is the last. */
  reconnect?: ReconnectOptions | false | undefined
  /** How long an attempt may take until the WebSocket is open, in ms. Default 10000. */
  connectTimeoutMs?: number | undefined
  /** How long the server may then take to answer the hello, in ms. Default 40000: its hooks may take 30 s. */
  helloTimeoutMs?: number | undefined
  /**
   * A connection on which something is awaited and nothing has been heard for so long is taken for dead, in ms: closed with 4199 and dialled
   * anew. Default 25000: a server that has granted resume acknowledges with its heartbeat, each 10 s, and may miss one. To be longer where
   * the server's `heartbeatIntervalMs` is; `Infinity`: never.
   */
  livenessMs?: number | undefined
  /**
   * How much may be held for being sent again, in characters of JSON. Default 1048576. While there is no connection what doesn't fit any more is
   * refused (`BUFFER_FULL`); on a connection the oldest can't be sent again any more, and should that be a loss the event `lost` says so.
   */
  maxHeldChars?: number | undefined
  /** The class to use. Default: the global one, which Node has from 22 on. That of `ws` will do. */
  WebSocket?: (new (url: string) => any) | undefined
}

/**
 * After each failure in a row the bound doubles, and the wait is anything between 0 and the bound ("full jitter"). Where the server has said that
 * it goes away, is full or too busy, the bound is four times as long and the wait at least half of it.
 */
export interface ReconnectOptions {
  /** The first bound, in ms. Default 500. */
  minMs?: number
  /** No bound is longer, in ms. Default 30000. */
  maxMs?: number
  /** Gives up after so many failures in a row. Default `Infinity`. */
  maxAttempts?: number
  /** For close codes of the application's own. What returns undefined is left to `comeback` of `/protocol`. */
  when?: (reason: EndReason) => 'soon' | 'later' | 'never' | undefined
}

/**
 * - `connecting`: not in the room yet; failures are tried again.
 * - `open`: in the room.
 * - `reconnecting`: was in the room, and comes back.
 * - `closed`: left, refused or ejected, and won't come back.
 */
export type Status = 'connecting' | 'open' | 'reconnecting' | 'closed'

/** How a connection has ended. */
export interface EndReason {
  /** The close code: see docs/close-codes.md. 1006 also where no connection came about. */
  code: number
  /** The server's words, in full where it has sent them. */
  reason: string
}

/** What {@link RoomClient.subscribe} tells. Never changes; an object in it that is the same as before has not changed. */
export interface Snapshot {
  readonly status: Status
  readonly reason: EndReason | null
  readonly id: string | undefined
  readonly readonly: boolean
  readonly state: Readonly<KVStore>
  readonly clients: Readonly<ClientMap>
}

/** Changes by key, or as a list. No value: the key is to be forgotten. */
export type Changes = { readonly [key: string]: string | null | undefined } | readonly KVSet[]

/** For {@link RoomClient.action}. */
export interface ActionOptions {
  /** How long to wait, in ms, cuts included. Default 10000; `Infinity`: for as long as it takes. */
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

/** Does what the server asks for. What it returns is the answer's `data`; what it throws is told as `success: false` and `msg`. */
export type ActionHandler = (
  action: string,
  data: string | undefined,
  client: RoomClient,
) => Promise<string | void> | string | void

/** By the names of events. */
export interface RoomClientEvents {
  /** In the room, for the first time or again, and how: see {@link ResumeGrant.outcome}; `new` without resume. */
  joined: { id: string; outcome: ResumeGrant['outcome'] }
  status: { status: Status; reason: EndReason | null }
  /** Something has changed in the room: `state` and `clients` know already. */
  change: ChangeNotif
  /** What else the application's server has sent: JSON is parsed, other text a string, bytes an ArrayBuffer. */
  message: unknown
  /**
   * These may or may not have been done: they were sent, or were to be sent, and the session ended without an acknowledgement. Actions among
   * them have rejected as well.
   */
  lost: {
    /** Requests, as they were sent. */
    messages: object[]
    /** How many more, older ones, that were not held any more. */
    unheld: number
  }
}

/**
 * A client of one room. `state` and `clients` are the room as the server has told of it; nothing is there before the server has said it, own
 * changes included.
 */
export declare class RoomClient {
  private constructor()

  readonly status: Status
  /** How the latest connection has ended; null while there is one. */
  readonly reason: EndReason | null
  /** The own id. Another one after coming back without resume. */
  readonly id: string | undefined
  /** Watches only. */
  readonly readonly: boolean
  /** Would a cut be bridged: same id, same seat, nothing lost? */
  readonly resumable: boolean
  /**
   * The state of the room. What was read once doesn't change: read it again. It is another object exactly if something has changed. Has no
   * prototype: each key is data. While there is no connection it is as it was last.
   */
  readonly state: Readonly<KVStore>
  /** Everybody in the room who doesn't only watch, this client included, by id. As with `state`. */
  readonly clients: Readonly<ClientMap>
  /** This client among {@link clients}: not there for who only watches. */
  readonly me: Readonly<ClientInfo> | undefined
  /** All of it at once. The same object until something changes. */
  readonly snapshot: Snapshot

  /**
   * Answers what the server asks of this client (`client.request` on the server). May be set at any time; unset the server is told that the
   * action is unhandled.
   */
  onAction?: ActionHandler | undefined

  /**
   * Waits until the client is in the room.
   * @returns the client itself. Rejects with `CLOSED` when it won't come about.
   */
  opened(): Promise<RoomClient>

  /**
   * Asks for changes of the room, of the own client state, or both. They count when the server has told of them.
   *
   * While reconnecting with a session to resume they are held and sent then.
   * @param change `echo: false`: the server is not to tell this client of it
   * @throws RoomClientError `NOT_OPEN`, `READONLY`, `BUFFER_FULL`
   * @throws TypeError for what are no changes
   */
  change(change: { room?: Changes; client?: Changes; echo?: boolean }): void

  /**
   * Asks the server for an action.
   * @returns its answer. Rejects with a RoomClientError: `REFUSED` for `success: false`, `TIMEOUT`, `ABORTED`, `LOST`, `CLOSED`, `NOT_OPEN`,
   *   `BUFFER_FULL`
   */
  action(action: string, data?: string, options?: ActionOptions): Promise<ActionResp>

  /** Where it waits for the next attempt: makes it now. */
  retry(): void

  /**
   * Leaves the room, behind the answers to what was asked before. Nothing can be asked any more.
   * @param options `timeoutMs`: after this it is gone in any case; default 5000. `msg`: for the server's log
   * @returns when the connection is closed. Never rejects
   */
  leave(options?: { timeoutMs?: number; msg?: string }): Promise<void>

  /** @returns takes the listener off */
  on<Type extends keyof RoomClientEvents>(
    type: Type,
    listener: (detail: RoomClientEvents[Type]) => void,
  ): () => void

  /**
   * A store as Svelte has them: `run` is called at once, and whenever something changes.
   * @returns unsubscribes
   */
  subscribe(run: (snapshot: Snapshot) => void): () => void

  /** All events from now on; ends when the client is closed. Throws `OVERFLOW` where 10000 events wait to be read. */
  [Symbol.asyncIterator](): AsyncIterableIterator<RoomClientEvent>
}

/** An event of an iteration. */
export type RoomClientEvent = {
  [Type in keyof RoomClientEvents]: { type: Type; detail: RoomClientEvents[Type] }
}[keyof RoomClientEvents]

/**
 * - `BAD_URL`, `NO_WEBSOCKET`: of `connect`.
 * - `NOT_OPEN`: there is no connection, and no session to be resumed.
 * - `READONLY`: who watches can't change the room.
 * - `BUFFER_FULL`: too much waits for the connection to come back.
 * - `TIMEOUT` (`name`: `TimeoutError`), `ABORTED` (`name`: `AbortError`; `cause`: the signal's reason): nobody waits for the answer any more; the
 *   server may do it all the same.
 * - `REFUSED`: the server has answered `success: false`; `response` is the answer.
 * - `LOST`: the connection, or the answer, was lost: nobody knows whether the server has done it.
 * - `CLOSED`: the client is closed; `closeCode` says why.
 * - `OVERFLOW`: of an iteration that is not read from.
 */
export type RoomClientErrorCode =
  | 'BAD_URL'
  | 'NO_WEBSOCKET'
  | 'NOT_OPEN'
  | 'READONLY'
  | 'BUFFER_FULL'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'REFUSED'
  | 'LOST'
  | 'CLOSED'
  | 'OVERFLOW'

/** What goes wrong with a client; `code` says what. */
export declare class RoomClientError extends Error {
  private constructor()
  code: RoomClientErrorCode
  closeCode?: number
  response?: ActionResp
}
