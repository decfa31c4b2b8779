// Made of index.mjs by: npm run build:protocol
Object.defineProperty(exports, Symbol.toStringTag, { value: "Module" });
// src/js/protocol/close-codes.mjs
/**
* How connections end, and what a client makes of it. docs/close-codes.md is the same table in prose. Each code is a constant of its own
* as well, as with the types of messages.
*/
const NORMAL = 1e3;
const GOING_AWAY = 1001;
const REFUSED = 1002;
const CUT = 1006;
const TRY_LATER = 1013;
const TOO_FAST = 4101;
const FROZEN = 4199;
const NO_CODE = 1005;
const SERVER_ERROR = 1011;
const SERVER_RESTARTS = 1012;
/** The codes that a client of this server may see, by what they mean. */
const CLOSE_CODE = {
	NORMAL,
	GOING_AWAY,
	REFUSED,
	NO_CODE,
	CUT,
	NOT_UTF8: 1007,
	POLICY: 1008,
	TOO_BIG: 1009,
	SERVER_ERROR,
	SERVER_RESTARTS,
	TRY_LATER,
	TOO_SLOW: 4100,
	TOO_FAST,
	ROOM_NOT_LOADED: 4102,
	FROZEN,
	EJECTED: 4500,
	ROOM_CLOSED: 4501,
	REPLACED: 4502
};
/** These say that the server has no use for the client right now. */
const LATER = [
	GOING_AWAY,
	SERVER_RESTARTS,
	TRY_LATER,
	TOO_FAST
];
/** These come of a cut or of something that is over by now: the sooner the client is back the better. */
const SOON = [
	NO_CODE,
	CUT,
	SERVER_ERROR
];
/**
* Should a client come back after this code, and when? Codes of the application's own are `'never'`: it knows better.
* @type {typeof import('./index.cjs').comeback}
*/
function comeback(code) {
	if (LATER.includes(code)) return "later";
	return SOON.includes(code) || code >= 4100 && code <= 4199 ? "soon" : "never";
}
// src/js/protocol/messages.mjs
/**
* Names and numbers of the wire protocol. Imports nothing, so that every part of the package may use it. Each number is a constant of its
* own as well: a bundler puts those in place and leaves the tables out where nobody wants them.
*/
/** Name and version of the protocol; a hello that names another one is refused. */
const PROTOCOL = "websocket-room-server:1";
/**
* The `type` of acknowledgements, which only clients that were granted resume send and get. Not one of MESSAGE_TYPE, which is the
* original's to the letter.
*/
const ACK = 8;
/**
* The `type` of each message, with the reverse mapping that a TypeScript enum has: `MESSAGE_TYPE[3]` is
* `'CHANGE_NOTIF'`.
*/
const MESSAGE_TYPE = /* @__PURE__ */ withReverse({
	HELLO_FAIL_RESP: 0,
	HELLO_SUCCESS_RESP: 1,
	CHANGE_REQ: 2,
	CHANGE_NOTIF: 3,
	ACTION_REQ: 4,
	ACTION_RESP: 5,
	CLOSE_REQ: 6,
	CLOSE_RESP: 7
});
/**
* @template {Record<string, number>} Names
* @param {Names} names
* @returns {Record<number, string> & Names}
*/
function withReverse(names) {
	const reverse = Object.entries(names).map(([name, number]) => [number, name]);
	return Object.assign(Object.fromEntries(reverse), names);
}
// src/js/protocol/validate.mjs
/**
* Is a value a message as the protocol has it? Checks for applications, their tests and other implementations; the server has its
* own, and takes a little more (any falsy value where something may be left out).
*/
/** @typedef {(value: any) => boolean} Check */
/** @type {Check} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @type {Check} */
const isString = (value) => typeof value === "string";
/** @type {Check} */
const isBoolean = (value) => typeof value === "boolean";
/** @type {Check} */
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
/** May be left out, or be null. @param {Check} check @returns {Check} */
const optional = (check) => (value) => value == null || check(value);
/** @param {Check} check @returns {Check} */
const listOf = (check) => (value) => Array.isArray(value) && value.every(check);
/** @param {Check} check @returns {Check} */
const mapOf = (check) => (value) => isObject(value) && Object.values(value).every(check);
/** An object with these members; it may have others. @param {Record<string, Check>} members @returns {Check} */
function shape(members) {
	const checks = Object.entries(members);
	return (value) => isObject(value) && checks.every(([name, check]) => check(value[name]));
}
const names = {
	clientType: optional(isString),
	clientName: optional(isString)
};
const store = mapOf(isString);
/** What the server tells of a state: a change may have set a key to null. */
const toldStore = mapOf(optional(isString));
const sets = listOf(shape({
	key: isString,
	value: optional(isString)
}));
const clients = mapOf(shape({
	clientState: toldStore,
	...names
}));
const hello = shape({
	/** @type {Check} */
	protocol: (value) => value === PROTOCOL,
	roomProtocol: isString,
	roomId: isString,
	roomCredential: optional(isString),
	clientCredential: optional(isString),
	...names,
	clientState: store,
	readonly: optional(isBoolean),
	ext: optional(isObject)
});
/** By type: what a message has beside it. @type {Map<unknown, Check>} */
const MESSAGES = /* @__PURE__ */ new Map([
	[MESSAGE_TYPE.HELLO_FAIL_RESP, shape({
		protocol: isString,
		roomProtocol: isString,
		msg: optional(isString)
	})],
	[MESSAGE_TYPE.HELLO_SUCCESS_RESP, shape({
		protocol: isString,
		roomProtocol: isString,
		clientId: isString,
		clients,
		roomState: toldStore,
		readonly: isBoolean,
		ext: optional(isObject)
	})],
	[MESSAGE_TYPE.CHANGE_REQ, shape({
		roomChanges: optional(sets),
		clientChanges: optional(sets),
		echo: optional(isBoolean)
	})],
	[MESSAGE_TYPE.CHANGE_NOTIF, shape({
		roomChanges: optional(sets),
		updateClients: optional(mapOf(sets)),
		removeClients: optional(listOf(isString)),
		addClients: optional(clients)
	})],
	[MESSAGE_TYPE.ACTION_REQ, shape({
		action: isString,
		data: optional(isString),
		id: optional(isString)
	})],
	[MESSAGE_TYPE.ACTION_RESP, shape({
		id: optional(isString),
		success: isBoolean,
		data: optional(isString),
		msg: optional(isString)
	})],
	[MESSAGE_TYPE.CLOSE_REQ, shape({
		msg: optional(isString),
		flush: optional(isBoolean)
	})],
	[MESSAGE_TYPE.CLOSE_RESP, isObject],
	[8, shape({ received: isCount })]
]);
const isKVStore = store;
const isKVSets = sets;
const isHelloReq = hello;
/** @param {any} value @param {number} [type] */
function checkMessage(value, type = value?.type) {
	return value?.type === type && MESSAGES.get(type)?.(value) === true;
}
const isMessage = checkMessage;
exports.ACK = ACK;
exports.CLOSE_CODE = CLOSE_CODE;
exports.MESSAGE_TYPE = MESSAGE_TYPE;
exports.PROTOCOL = PROTOCOL;
exports.comeback = comeback;
exports.isHelloReq = isHelloReq;
exports.isKVSets = isKVSets;
exports.isKVStore = isKVStore;
exports.isMessage = isMessage;
