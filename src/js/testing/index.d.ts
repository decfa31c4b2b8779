/**
 * For tests of an application: its hooks on a room server of their own, clients that say what the test wants, and connections
 * that fail on demand. Needs nothing but Node, and no types but TypeScript's own; works in vitest, jest and `node --test`.
 */

import type {
  ActionReq,
  HelloSuccessResp,
  KVSet,
  LiveRoom,
  RoomServerOptions,
  UpgradeServer,
  WSS,
} from '../../../index.js'
import type { ExtendedHelloReq } from '../protocol/index.cjs'

/** The hooks of a {@link WSS}, those that a test wants to set. */
export type Hooks<RoomData = any, ClientData = any> = Partial<
  Pick<WSS<RoomData, ClientData>, Extract<keyof WSS, `on${Capitalize<string>}`>>
>

/** What is used of Node's `http.Server` or `https.Server`. */
export interface HttpServer extends UpgradeServer {
  readonly listening: boolean
  /** On a free port: 0. */
  listen(port: number, host: string): unknown
  /** Where it listens. */
  address(): unknown
  /** Takes no new connections any more. */
  close(): unknown
}

/** For {@link startRooms}. */
export interface StartOptions {
  /** Hooks to set, or a function that sets them on the `wss` it is given. */
  hooks?: Hooks | ((wss: WSS) => void)
  /**
   * The application's own room server, such as the exported `wss` that its modules set their hooks on. When the rooms are stopped it goes on
   * living, with the hooks that it had and without the rooms that were made meanwhile: so one test after the other, not several at once. Default: a new one, that ends with the rooms.
   */
  wss?: WSS
  /** Settings of the new room server. Not together with `wss`. */
  options?: RoomServerOptions
  /** Where a given `wss` serves, if that isn't `/wss`. */
  path?: string
  /** The http (or https) server, with the application's own routes. Default: one that answers 404. It is closed when the rooms are stopped. */
  server?: HttpServer
  /** How long whatever is waited for may take, in ms. Default 4000: test runners give up after 5000, and know less. */
  timeoutMs?: number
}

/**
 * Starts a room server on an http server that listens on a free port of 127.0.0.1.
 * @throws TypeError for hooks that don't exist, and for `options` together with `wss`
 */
export declare function startRooms(options?: StartOptions): Promise<Rooms>

/** A room server that listens, and everything a test does with it. */
export interface Rooms {
  /** The room server: the given one, or the new one. */
  readonly wss: WSS
  /** The http server. */
  readonly server: HttpServer
  /** On which it listens. */
  readonly port: number
  /** Of the WebSockets: `ws://127.0.0.1:<port>/wss`. */
  readonly url: string
  /** Of the http server: `http://127.0.0.1:<port>`. */
  readonly origin: string

  /** A client that is connected and has said nothing yet. Rejects when the upgrade is refused. */
  connect(options?: ConnectOptions): Promise<FakeClient>
  /**
   * A client that has joined; the answer is in its `welcome`. Rejects when it is refused, with the code and the reason.
   * @param hello the id of the room, or what the hello is to have: protocol, `roomProtocol: 'test:1'`, `roomId: 'room'` and an empty
   *   `clientState` are there unless given
   */
  join(hello?: string | Partial<ExtendedHelloReq>, options?: ConnectOptions): Promise<FakeClient>
  /**
   * Waits until a room is as expected, and gives it.
   * @param condition is met when it returns something true. It is given `undefined` while there is no such room. As long as it throws it isn't
   *   met, so it may be made of assertions that end with `return true`.
   */
  waitFor(
    roomId: string,
    condition: (room: LiveRoom | undefined) => unknown,
    options?: WaitOptions,
  ): Promise<LiveRoom>

  /** Another way to reach the rooms, which fails on demand: for clients that aren't {@link FakeClient}s, such as the application's own. */
  link(): Promise<Link>

  /** The end of everything: all clients are cut, leave hooks run, both servers close. May be called again. */
  stop(): Promise<void>
}

/** For {@link Rooms.connect} and {@link Rooms.join}. */
export interface ConnectOptions {
  /** For the upgrade request: `{ Cookie: 'session=1', Origin: 'https://example.org' }`. */
  headers?: { [name: string]: string }
  /** Subprotocols to offer. */
  protocols?: string[]
  /** Where to connect to, if not to {@link Rooms.url}. */
  url?: string
  /** As {@link StartOptions.timeoutMs}, for this client. */
  timeoutMs?: number
}

/** For everything that waits. */
export interface WaitOptions {
  /** How long to wait, in ms. Default: {@link StartOptions.timeoutMs}. */
  timeoutMs?: number
}

/**
 * What a message must be like: a function that says so, or members that it must have (compared deeply). A message on which the function throws
 * isn't wanted.
 */
export type Wanted = ((message: any) => boolean) | { [member: string]: unknown }

/** How a connection ended. 1005: a close frame without a code; 1006: none at all. */
export interface Close {
  code: number
  reason: string
}

/** Changes to ask for: values by key (`undefined`: forget the key), or a list of entries. */
export interface FakeChange {
  room?: { [key: string]: string | undefined } | KVSet[]
  client?: { [key: string]: string | undefined } | KVSet[]
  echo?: boolean
  /** Whatever else the message is to have. */
  [more: string]: unknown
}

/**
 * A client that does nothing by itself but answer pings. What comes waits in its inbox until the test takes it, in order. A test that waits in
 * vain gets an error that lists what came instead.
 */
export interface FakeClient {
  /** Its id in the room, once it has said hello. */
  readonly id: string
  /** The answer to its hello. */
  readonly welcome: HelloSuccessResp
  /** Resolves when the connection has ended. Each look at it is a promise of its own, with its own time limit. */
  readonly closed: Promise<Close>

  /** Sends the hello and takes the next message. */
  hello(fields?: Partial<ExtendedHelloReq>): Promise<HelloSuccessResp>
  /** Sends a CHANGE_REQ: `client.change({ room: { turn: 'white' }, echo: true })`. */
  change(changes: FakeChange): this
  /** Sends an ACTION_REQ. */
  action(action: string, fields?: Partial<ActionReq>): this
  /** Sends an ACTION_REQ and takes the next message, which had better be the answer. */
  ask(action: string, fields?: Partial<ActionReq>): Promise<any>
  /** Sends anything as JSON. */
  send(message: unknown): this
  /** Sends a text message, whatever is in it. */
  sendText(text: string): this
  /** Sends a binary message. */
  sendBinary(bytes: Uint8Array | number[] | string): this

  /** Takes the next message; or the first one that is wanted, and then those before it stay. */
  next(wanted?: Wanted, options?: WaitOptions): Promise<any>
  /** The next message as text. Rejects when it is a binary one. */
  nextText(options?: WaitOptions): Promise<string>
  /** The next message as it came; `data` is a `Buffer`. */
  nextRaw(): Promise<{ data: Uint8Array; isBinary: boolean }>
  /** Takes so many messages. */
  take(count: number): Promise<any[]>
  /** Takes all messages up to and including the first that is wanted. */
  until(wanted: Wanted): Promise<any[]>
  /** Sends a ping and waits for its pong. */
  ping(payload?: string): Promise<string>
  /** Passes when nothing has been sent to this client that the test hasn't taken. */
  quiet(): Promise<void>

  /** Closes with a handshake. Without a code the close frame is empty. */
  close(code?: number, reason?: string): Promise<Close>

  // What goes wrong. Each promise is that of `closed`.

  /** Resets the connection (RST): the client's machine is gone, or its network. */
  cut(): Promise<Close>
  /** Resets the connection in the middle of a frame. */
  cutMidFrame(): Promise<Close>
  /** Ends the connection in order (FIN) but without a close frame. */
  end(): Promise<Close>
  /** From now on neither reads nor answers pings, as a program that is stopped. Sending throws. It doesn't notice when the server gives up. */
  freeze(): this
  /** The end of `freeze`: goes on with what has come meanwhile. */
  thaw(): this
  /** From now on reads at this rate; `Infinity`: as fast as it comes. It answers the pings that it reads. */
  readSlowly(bytesPerSecond: number): this
  /**
   * Half-open: from now on the client is gone without the server's being told. For the test its connection is closed (1006), for the server it is
   * there and says nothing any more.
   */
  vanish(): this
}

/** A line between clients and the rooms. What is done to it is done to all connections that pass through it. */
export interface Link {
  /** Where clients connect to. */
  readonly url: string
  /** How many connections pass through it now. */
  readonly connections: number

  /** Resets them all (RST, on both sides). */
  cut(): void
  /** Resets each in the middle of what it carries next, in either direction: all of it arrives but the last byte. */
  cutMidFrame(): void
  /** Half-open: the clients' sides are reset, and the server isn't told. */
  vanish(): void
  /** Cuts them all, and refuses new ones until `up`. */
  down(): void
  /** The end of `down`. */
  up(): void
  /** Nothing passes any more, either way, while the connections stay; new ones too. */
  freeze(): void
  /** The end of `freeze`: what has been kept arrives. */
  thaw(): void
  /** Passes on to clients at this rate; `Infinity`: as fast as it comes. */
  slow(bytesPerSecond: number): void
}
