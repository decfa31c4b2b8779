/** Random cuts under load, a few; cuts.nightly.mjs has more. */

import { testCuts } from './cut-tests.mjs'

testCuts(100)
