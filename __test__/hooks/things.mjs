/** What a hook may throw or return: everything that JavaScript has. */

/** An object any access to which throws. */
export const untouchable = () =>
  new Proxy(
    {},
    {
      get() {
        throw new Error('hands off')
      },
    },
  )

/** A proxy that was revoked: even `typeof` is all that it allows. */
export function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const throwing = (name) =>
  Object.defineProperty({}, name, {
    enumerable: true,
    get() {
      throw new Error(`in ${name}`)
    },
  })

const circular = () => {
  const object = {}
  object.object = object
  return object
}

/** What is thrown, made anew each time, and what can be read of it in the close frame. */
export const THROWN = {
  'an Error': [() => new Error('no'), 'error: no'],
  'an error of a web framework': [() => ({ status: 403, body: { message: 'not you' } }), 'error: not you'],
  'a redirect of a web framework': [() => ({ status: 303, location: '/' }), 'error: status 303'],
  'a string': [() => 'no', 'error: no'],
  'a number': [() => 7, 'error: 7'],
  null: [() => null, 'error: the hook threw null'],
  undefined: [() => undefined, 'error: the hook threw undefined'],
  'a symbol': [() => Symbol('no'), 'error: Symbol(no)'],
  'a bigint': [() => 7n, 'error: 7'],
  'an object without a prototype': [
    () => Object.create(null),
    'error: the hook threw an object without a message',
  ],
  'a function': [() => () => {}, 'error: the hook threw an object without a message'],
  'a message that throws': [() => throwing('message'), 'error: the hook threw something unreadable'],
  'a body that throws': [() => throwing('body'), 'error: the hook threw something unreadable'],
  'a message that is no text': [
    () => ({ message: { toString: null } }),
    'error: the hook threw something unreadable',
  ],
  'a proxy that throws': [untouchable, 'error: the hook threw something unreadable'],
  'a revoked proxy': [revoked, 'error: the hook threw something unreadable'],
  'an error with lone surrogates': [() => new Error('\ud800!'), 'error: \ufffd!'],
}

/** What no hook can mean anything by, made anew each time, and for which of those that are asked it is an error. */
export const VALUES = {
  undefined: [() => undefined, ['onHelloReq', 'onChangeReq']],
  null: [() => null, ['onHelloReq', 'onChangeReq']],
  false: [() => false, ['onHelloReq', 'onChangeReq']],
  zero: [() => 0, ['onHelloReq', 'onChangeReq']],
  NaN: [() => NaN, ['onHelloReq', 'onChangeReq']],
  'a text': [() => 'text', ['onHelloReq', 'onChangeReq']],
  true: [() => true, ['onHelloReq', 'onChangeReq']],
  'a symbol': [() => Symbol('x'), ['onHelloReq', 'onChangeReq']],
  'a bigint': [() => 1n, ['onHelloReq', 'onChangeReq', 'onActionReq']],
  'a function': [() => () => {}, ['onHelloReq', 'onChangeReq']],
  'an empty array': [() => [], []],
  'an empty object': [() => ({}), []],
  'a date': [() => new Date(0), []],
  'a map': [() => new Map([['roomChanges', []]]), []],
  bytes: [() => new Uint8Array(4), []],
  'an object in a circle': [circular, ['onActionReq', 'onLoadRoom']],
  'a bigint within': [
    () => ({ clientState: { a: 1n }, roomChanges: [{ key: 'a', value: 1n }], state: 1n }),
    ['onHelloReq', 'onChangeReq', 'onActionReq', 'onLoadRoom'],
  ],
  'a toJSON that throws': [
    () => ({
      toJSON() {
        throw new Error('no JSON')
      },
    }),
    ['onActionReq'],
  ],
  'members of wrong types': [
    () => ({ clientState: 7, readonly: {}, roomChanges: 7, clientChanges: 'x', echo: [] }),
    ['onHelloReq', 'onChangeReq'],
  ],
  'changes of wrong types': [
    () => ({ clientState: [], roomChanges: [null, 1, { key: {} }, {}] }),
    ['onChangeReq'],
  ],
  'members that throw': [() => throwing('clientState'), ['onHelloReq', 'onActionReq', 'onLoadRoom']],
  'changes that throw': [() => throwing('roomChanges'), ['onChangeReq', 'onActionReq', 'onLoadRoom']],
  'a proxy that throws': [untouchable, ['onHelloReq', 'onChangeReq', 'onActionReq', 'onLoadRoom']],
  'a revoked proxy': [revoked, ['onHelloReq', 'onChangeReq', 'onActionReq', 'onLoadRoom']],
}

/** Thenables that keep no promise's rules; each is a promise of `value` to whoever is lenient. */
export const THENABLES = {
  'throws behind its value': (value) => ({
    then(resolve) {
      resolve(value)
      throw new Error('too late')
    },
  }),
  'settles twice': (value) => ({
    then(resolve, reject) {
      resolve(value)
      reject(new Error('too late'))
      resolve('too late')
    },
  }),
  'settles twice, at different times': (value) => ({
    then(resolve, reject) {
      resolve(value)
      setImmediate(() => reject(new Error('too late')))
    },
  }),
  'is a promise, with a then of its own that nobody asks': (value) =>
    Object.assign(Promise.resolve(value), {
      then() {
        throw new Error('asked')
      },
    }),
}
