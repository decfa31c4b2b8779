/** Timers for times of an application's choice. */

/** Timers know nothing longer: they would go off at once. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * As `setTimeout`; what is too long, or Infinity, is never.
 * @param {() => void} run
 * @param {number} ms
 * @returns {ReturnType<typeof setTimeout> | undefined}
 */
export function after(run, ms) {
  return ms > LONGEST_MS ? undefined : setTimeout(run, ms)
}
