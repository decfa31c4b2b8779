/**
 * A queue that a test waits on. What arrives is taken in order; once the source has ended, waiting is an error that says why.
 */

const PATIENCE_MS = 12_000

export class Inbox {
  #items = []
  #waiting = []
  #ended = null

  push(item) {
    const waiter = this.#waiting.shift()
    if (waiter) waiter.resolve(item)
    else this.#items.push(item)
  }

  /** Ends the queue: those who wait, and those who ask once it is empty, get an error with this reason. */
  end(reason) {
    this.#ended = reason
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(reason))
  }

  get size() {
    return this.#items.length
  }

  /** Takes everything that is here now. */
  drain() {
    return this.#items.splice(0)
  }

  take(what = 'message') {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift())
    if (this.#ended) return Promise.reject(new Error(`no ${what} will come: ${this.#ended}`))
    return within(
      new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })),
      `no ${what} came`,
    )
  }
}

/** The promise, or an error with this text when it takes implausibly long. */
export async function within(promise, text, ms = PATIENCE_MS) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${text} within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A promise with its handles outside. */
export function gate() {
  let open, fail
  const promise = new Promise((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open, fail }
}
