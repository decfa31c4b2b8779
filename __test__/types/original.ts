/**
 * The original's declarations beside ours. Messages and states are the same both ways. Objects that the server hands out may have
 * less than the original's (whose sockets are those of `ws`), so there the original's fit ours.
 */

import type * as original from 'original-room-server'
import { MESSAGE_TYPE as originalTypes, PROTOCOL as originalProtocol } from 'original-room-server'
import type * as ours from '@cgreenhalgh/websocket-room-server'
import { MESSAGE_TYPE, PROTOCOL } from '@cgreenhalgh/websocket-room-server'

/** Fails to compile unless each type can be assigned to the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : { ours: B }) : { original: A }
/** Fails to compile unless what the original gives can be used as ours. */
type Fits<A, B> = [A] extends [B] ? true : { original: A }

function holds<_T extends true>(): void {}

holds<Same<original.HelloReq, ours.HelloReq>>()
holds<Same<original.HelloFailResp, ours.HelloFailResp>>()
holds<Same<original.HelloSuccessResp, ours.HelloSuccessResp>>()
holds<Same<original.ChangeReq, ours.ChangeReq>>()
holds<Same<original.ChangeNotif, ours.ChangeNotif>>()
holds<Same<original.ActionReq, ours.ActionReq>>()
holds<Same<original.ActionResp, ours.ActionResp>>()
holds<Same<original.CloseReq, ours.CloseReq>>()
holds<Same<original.CloseResp, ours.CloseResp>>()
holds<Same<original.KVStore, ours.KVStore>>()
holds<Same<original.KVSet, ours.KVSet>>()
holds<Same<keyof original.HelloReq, keyof ours.HelloReq>>()
holds<Same<keyof original.ChangeReq, keyof ours.ChangeReq>>()
holds<Same<keyof original.ActionResp, keyof ours.ActionResp>>()
holds<Same<keyof original.RoomInfo, keyof ours.RoomInfo>>()
holds<Same<keyof original.RoomClientInfo, keyof ours.RoomClientInfo>>()

holds<Same<original.HelloSuccessResp['clients'], ours.ClientMap>>()
holds<Same<NonNullable<original.ChangeNotif['updateClients']>, ours.ClientUpdateMap>>()
holds<Same<original.HelloSuccessResp['clients'][string], ours.ClientInfo>>()

holds<Same<keyof typeof originalTypes, keyof typeof MESSAGE_TYPE>>()
holds<Same<typeof originalProtocol, typeof PROTOCOL>>()
holds<Same<original.MESSAGE_TYPE, ours.MESSAGE_TYPE>>()

// What the original hands out has all that ours promises. Listeners apart: `this` in them is the socket, which is another type. And apart
// from what ours has beyond it.
type Listening = 'on' | 'once' | 'off'
holds<Fits<original.SSWebSocket, Omit<ours.SSWebSocket, Listening | 'request'>>>()
holds<Fits<original.SSWebSocket['ss'], ours.SocketState>>()
holds<Fits<Omit<original.RoomClientInfo, 'ws'>, Omit<ours.RoomClientInfo, 'ws'>>>()

// A hook's requests and answers, one by one: only the sockets behind rooms and clients differ.
type Req<H extends (...args: never[]) => unknown> = Parameters<H>[1]
type Answer<H extends (...args: never[]) => unknown> = Awaited<ReturnType<H>>
holds<Same<Req<original.CheckHelloReq>, Req<ours.CheckHelloReq>>>()
holds<Same<Req<original.CheckChangeReq>, Req<ours.CheckChangeReq>>>()
holds<Same<Req<original.HandleActionReq>, Req<ours.HandleActionReq>>>()
holds<Same<Answer<original.CheckHelloReq>, Answer<ours.CheckHelloReq>>>()
holds<Same<Answer<original.CheckChangeReq>, Answer<ours.CheckChangeReq>>>()
holds<Same<Answer<original.HandleActionReq>, Answer<ours.HandleActionReq>>>()
holds<Same<Parameters<original.CheckHelloReq>['length'], Parameters<ours.CheckHelloReq>['length']>>()
holds<Same<Parameters<original.CheckChangeReq>['length'], Parameters<ours.CheckChangeReq>['length']>>()
holds<Same<Parameters<original.HandleActionReq>['length'], Parameters<ours.HandleActionReq>['length']>>()

// Everything that a WSS has, but for the `ws` server inside the original's and the steps that it takes by itself.
type Inner = 'wss' | 'tidyUp' | 'clearTimer' | 'timeoutSocket'
holds<Fits<Exclude<keyof original.WSS, Inner>, keyof ours.WSS>>()
holds<Fits<Parameters<original.WSS['addWebsockets']>, Parameters<ours.WSS['addWebsockets']>>>()
holds<Fits<Parameters<original.WSS['broadcastChange']>, Parameters<ours.WSS['broadcastChange']>>>()
holds<Fits<Parameters<original.WSS['getClientMap']>, Parameters<ours.WSS['getClientMap']>>>()
holds<
  Same<Parameters<original.WSS['closeSocket']>['length'], Parameters<ours.WSS['closeSocket']>['length']>
>()
holds<Fits<ConstructorParameters<typeof original.WSS>, ConstructorParameters<typeof ours.WSS>>>()

// The comparison itself can fail.
// @ts-expect-error a request is not an answer
holds<Same<original.ActionReq, ours.ActionResp>>()
// @ts-expect-error ours has no `ws` server
holds<Same<keyof original.WSS, keyof ours.WSS>>()
// @ts-expect-error ours has less than the whole of a `ws` socket
holds<Fits<ours.SSWebSocket, original.SSWebSocket>>()
