/**
 * `npm run pack [-- <folder>]`: the two tarballs that a project on this machine installs, as they would be published. Prints their paths.
 */

import { join } from 'node:path'
import { buildWhereStale, main, root } from './addon.mjs'
import { packForThisMachine } from './packages.mjs'

main(buildWhereStale, () => {
  for (const tarball of packForThisMachine(process.argv[2] ?? join(root, 'packed'))) console.log(tarball)
})
