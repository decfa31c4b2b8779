/**
 * The messages of the wire protocol, their constants and checks: what both sides of a connection share. No server code; needs no types
 * but TypeScript's own.
 */

/** The name and version of the wire protocol: what a client gives as {@link HelloReq.protocol}. */
export declare const PROTOCOL: 'websocket-room-server:1'

/** The `type` of every message but the hello. A real object at run time, with the reverse mapping: `MESSAGE_TYPE[3]` is its name. */
export declare enum MESSAGE_TYPE {
  /** {@link HelloFailResp}: server to client, before the close that refuses a hello; only to clients that asked for it. */
  HELLO_FAIL_RESP = 0,
  /** {@link HelloSuccessResp}: server to client, the answer to the hello. */
  HELLO_SUCCESS_RESP = 1,
  /** {@link ChangeReq}: client to server. */
  CHANGE_REQ = 2,
  /** {@link ChangeNotif}: server to client. */
  CHANGE_NOTIF = 3,
  /** {@link ActionReq}: client to server. */
  ACTION_REQ = 4,
  /** {@link ActionResp}: server to client; also the answer of a client to an action that the server asked of it. */
  ACTION_RESP = 5,
  /** {@link CloseReq}: client to server. A client may as well just close its WebSocket. */
  CLOSE_REQ = 6,
  /** {@link CloseResp}: server to client. */
  CLOSE_RESP = 7,
}

/** What every message but the hello has. */
export interface Message {
  type: MESSAGE_TYPE
}

/**
 * The state of a room or of a client: strings by key, in the order in which the keys were first set. Keys are data: `__proto__` and
 * `constructor` are keys like any other. Other values than strings are kept as their JSON would be.
 *
 * A change without a value leaves the key in place with the value `undefined` (and out of all JSON); `delete` removes it.
 */
export interface KVStore {
  [key: string]: string
}

/** One entry of a change. Without a value the key is to be forgotten. */
export interface KVSet {
  key: string
  value?: string
}

/** The first message of a client; it has no `type`. The server waits `helloTimeoutMs` (5 s) for it. */
export interface HelloReq {
  /** Must be {@link PROTOCOL}, else the client is closed with 1002. */
  protocol: string
  /** The application's own protocol in this room. Not looked at; given back in the answer. */
  roomProtocol: string
  /** The room to join. It is made if it doesn't exist when the client is let in. */
  roomId: string
  /** For the hello hook to check: what lets anyone into this room. */
  roomCredential?: string
  /** For the hello hook to check: what this client is known by. */
  clientCredential?: string
  /** Shown to the others in the room. */
  clientType?: string
  /** Shown to the others in the room. */
  clientName?: string
  /** The client's own state at the beginning. Shown to the others in the room. */
  clientState: KVStore
  /** Asks to watch only: such a client isn't shown to the others and can't change the room's state. */
  readonly?: boolean
}

/**
 * Why the hello is refused. Sent to clients whose hello has an object `ext` (such as `"ext":{}`), by which they ask for more than the
 * original's messages. The others learn it from the reason of the close alone, which is cut to 123 bytes.
 */
export interface HelloFailResp {
  type: MESSAGE_TYPE.HELLO_FAIL_RESP
  protocol: string
  roomProtocol: string
  msg?: string
}

/** The client is in the room: this is the room at that moment. Every later change follows as a {@link ChangeNotif}. */
export interface HelloSuccessResp {
  type: MESSAGE_TYPE.HELLO_SUCCESS_RESP
  protocol: string
  /** As the hello had it. */
  roomProtocol: string
  /** The client's own id, `connection:<number>`. */
  clientId: string
  /** Everybody in the room who isn't readonly, in the order of joining; the client itself too, unless it is readonly. */
  clients: ClientMap
  roomState: KVStore
  readonly: boolean
  /** There where the hello asked for extensions by an object `ext`: what of it is granted. */
  ext?: { resume?: ResumeGrant }
}

/** A client asks to change the room's state, its own, or both. */
export interface ChangeReq {
  type: MESSAGE_TYPE.CHANGE_REQ
  /** Applied in order. From a readonly client anything but an empty list ends the connection (1002). */
  roomChanges?: KVSet[]
  /** Applied in order to the client's own state. */
  clientChanges?: KVSet[]
  /** The sender wants the notification as well. */
  echo?: boolean
}

/** What changed in the room. All clients of a room hear of all changes in the same order. */
export interface ChangeNotif {
  type: MESSAGE_TYPE.CHANGE_NOTIF
  /** Changes of the room's state; an entry without a value: forget the key. */
  roomChanges?: KVSet[]
  /** Changes of clients' states. */
  updateClients?: ClientUpdateMap
  /** Ids of those who left. */
  removeClients?: string[]
  /** Those who joined. */
  addClients?: ClientMap
}

/** A client asks the application to do something; the hook `onActionReq` answers. */
export interface ActionReq {
  type: MESSAGE_TYPE.ACTION_REQ
  action: string
  data?: string
  /** By which the client will know the answer. */
  id?: string
}

/** The answer to an action, sent to the asking client as `JSON.stringify` gives it. */
export interface ActionResp {
  type: MESSAGE_TYPE.ACTION_RESP
  /** The id of the request. */
  id?: string
  success: boolean
  data?: string
  msg?: string
}

/** A client leaves. It is answered with a {@link CloseResp} and close 1000. */
export interface CloseReq {
  type: MESSAGE_TYPE.CLOSE_REQ
  msg?: string
  /** Only when what the client asked for before has been answered. */
  flush?: boolean
}

/** The last message to a client that asked to leave. */
export interface CloseResp {
  type: MESSAGE_TYPE.CLOSE_RESP
}

/** What clients are told of each other. */
export interface ClientInfo {
  clientType?: string
  clientName?: string
  clientState: KVStore
}

/** Clients by id. */
export interface ClientMap {
  [id: string]: ClientInfo
}

/** Changes of clients' states by client id. */
export interface ClientUpdateMap {
  [clientid: string]: KVSet[]
}

// ---------------------------------------------------------------------------------------------------------------------------
// Beyond the original: what is only said where a hello has asked for it by `ext`
// ---------------------------------------------------------------------------------------------------------------------------

/** A hello that asks for extensions. The original ignores `ext` and answers without it. */
export interface ExtendedHelloReq extends HelloReq {
  ext?: HelloExtensions
}

/** What a hello may ask for. Empty: for HELLO_FAIL_RESP and CLOSE_REQ from the server, and answers to CLOSE_REQ. */
export interface HelloExtensions {
  /** A session that can be resumed: a new one, or the one of this token, of whose messages so many have arrived. */
  resume?: { token?: string; received?: number }
}

/** What {@link HelloSuccessResp.ext} says of resume. */
export interface ResumeGrant {
  /** What to come back with, once. */
  token: string
  /** How long the server keeps the seat after a cut. */
  ms: number
  /**
   * `new`: an ordinary join. `replayed`: the same seat, what was missed follows. `snapshot`: the same seat, but what was missed is not held
   * any more; the answer has the whole room.
   */
  outcome: 'new' | 'replayed' | 'snapshot'
  /** How many of the client's messages the server has taken. */
  received: number
}

/** The `type` of {@link Ack}. Not in {@link MESSAGE_TYPE}, which is the original's to the letter. */
export declare const ACK: 8

/** Both ways, between a server and a client that was granted resume: how many messages have arrived. */
export interface Ack {
  type: typeof ACK
  received: number
}

// ---------------------------------------------------------------------------------------------------------------------------
// Close codes
// ---------------------------------------------------------------------------------------------------------------------------

/** The codes that a client of this server may see at the end of its connection, by what they mean. */
export declare const CLOSE_CODE: {
  /** Left. */
  readonly NORMAL: 1000
  /** The server, or the page, goes away. */
  readonly GOING_AWAY: 1001
  /** A protocol error, or what a hook refused; the reason says which. */
  readonly REFUSED: 1002
  /** The close frame had no code. */
  readonly NO_CODE: 1005
  /** There was no close frame: cut, or never connected. */
  readonly CUT: 1006
  readonly NOT_UTF8: 1007
  /** By proxies and the like. */
  readonly POLICY: 1008
  readonly TOO_BIG: 1009
  /** By proxies and the like. */
  readonly SERVER_ERROR: 1011
  /** By proxies and the like. */
  readonly SERVER_RESTARTS: 1012
  /** The room is full, or there are too many. */
  readonly TRY_LATER: 1013
  /** Too much waited for the client. */
  readonly TOO_SLOW: 4100
  /** The client sent more than it may. */
  readonly TOO_FAST: 4101
  /** `onLoadRoom` failed. */
  readonly ROOM_NOT_LOADED: 4102
  /** Given by clients that hear nothing any more. */
  readonly FROZEN: 4199
  readonly EJECTED: 4500
  /** The room was closed; or the session goes on in another connection. */
  readonly ROOM_CLOSED: 4501
  readonly REPLACED: 4502
}

/**
 * Should a client come back after a connection that ended with this code?
 *
 * `'soon'`: 1005, 1006, 1011, 4100 to 4199. `'later'`, not before a random delay: 1001, 1012, 1013, 4101. `'never'`, the same again would
 * end the same way: all others. Codes of an application's own are among those; it knows better.
 */
export declare function comeback(code: number): 'soon' | 'later' | 'never'

// ---------------------------------------------------------------------------------------------------------------------------
// Checks
// ---------------------------------------------------------------------------------------------------------------------------

/** Every message but the hello, by its `type`. */
export interface MessageByType {
  [MESSAGE_TYPE.HELLO_FAIL_RESP]: HelloFailResp
  [MESSAGE_TYPE.HELLO_SUCCESS_RESP]: HelloSuccessResp
  [MESSAGE_TYPE.CHANGE_REQ]: ChangeReq
  [MESSAGE_TYPE.CHANGE_NOTIF]: ChangeNotif
  [MESSAGE_TYPE.ACTION_REQ]: ActionReq
  [MESSAGE_TYPE.ACTION_RESP]: ActionResp
  [MESSAGE_TYPE.CLOSE_REQ]: CloseReq
  [MESSAGE_TYPE.CLOSE_RESP]: CloseResp
  [ACK]: Ack
}

/**
 * Is this a message of the protocol: of any type, or of the given one? Members that may be left out may be null as well; members that the
 * protocol doesn't know don't matter.
 */
export declare function isMessage(value: unknown): value is MessageByType[keyof MessageByType]
export declare function isMessage<T extends keyof MessageByType>(
  value: unknown,
  type: T,
): value is MessageByType[T]
/** Is this a hello of this version of the protocol? */
export declare function isHelloReq(value: unknown): value is ExtendedHelloReq
/** Is this an object whose values are all strings? */
export declare function isKVStore(value: unknown): value is KVStore
/** Is this a list of changes? */
export declare function isKVSets(value: unknown): value is KVSet[]
