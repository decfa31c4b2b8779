/** Random cuts under load, many: `npm run test:resume`. */

import { testCuts } from './cut-tests.mjs'

testCuts(1000)
