/**
 * `prepare`: npm runs it in a clone after `npm install`, before `npm pack`, and in the clone that it makes of a git dependency.
 * Builds the addon only if it isn't there: an edit of the engine must not make `npm install` compile.
 */

import { buildWhereMissing, main } from './addon.mjs'

main(buildWhereMissing)
