/** /protocol as an application's shared code uses it: no server, no types of Node. */

import {
  ACK,
  CLOSE_CODE,
  comeback,
  isHelloReq,
  isKVSets,
  isKVStore,
  isMessage,
  MESSAGE_TYPE,
  PROTOCOL,
  type ChangeNotif,
  type ExtendedHelloReq,
  type HelloReq,
  type KVStore,
  type MessageByType,
} from '@cgreenhalgh/websocket-room-server/protocol'
import {
  MESSAGE_TYPE as ofServer,
  type ChangeNotif as NotifOfServer,
} from '@cgreenhalgh/websocket-room-server'

export const hello: ExtendedHelloReq = {
  protocol: PROTOCOL,
  roomProtocol: 'cards:1',
  roomId: 'r',
  clientState: {},
  ext: { resume: { token: 't', received: 3 } },
}
export const plain: HelloReq = hello
export const sameEnum: ofServer = MESSAGE_TYPE.CHANGE_NOTIF
export const sameType: NotifOfServer = {} as ChangeNotif

export function read(value: unknown): string | undefined {
  if (isMessage(value, MESSAGE_TYPE.CHANGE_NOTIF)) return value.roomChanges?.[0]?.value
  if (isMessage(value, ACK)) return String(value.received + 1)
  if (isHelloReq(value)) return value.ext?.resume?.token
  if (isKVStore(value)) return value.key
  if (isKVSets(value)) return value[0]?.key
  if (isMessage(value)) {
    const message: MessageByType[keyof MessageByType] = value
    return message.type === MESSAGE_TYPE.ACTION_RESP ? message.msg : undefined
  }
  return undefined
}

export const store: (value: unknown) => value is KVStore = isKVStore
export const final: boolean = comeback(CLOSE_CODE.EJECTED) === 'never'
export const ejected: 4500 = CLOSE_CODE.EJECTED

// @ts-expect-error no such type of message
isMessage({}, 9)
// @ts-expect-error a constant
CLOSE_CODE.EJECTED = 1000
// @ts-expect-error an action has no changes
export const wrong = (value: unknown) => isMessage(value, MESSAGE_TYPE.ACTION_REQ) && value.roomChanges
