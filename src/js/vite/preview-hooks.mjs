/**
 * The hooks for `vite preview`. A framework's preview runs what was built, hooks and all; where nothing has
 * set any, as with an application that is pages only, they come from the source.
 */

/** @import { PreviewServer } from 'vite' */
/** @import { WSS } from '../../../index.js' */

/**
 * @param {PreviewServer} server
 * @param {string} file
 * @param {WSS} wss
 */
export async function loadForPreview({ config }, file, wss) {
  if (wss.onHelloReq || wss.onChangeReq || wss.onActionReq) return
  const { runnerImport } = await import('vite')
  await runnerImport(file, { root: config.root, mode: config.mode, resolve: { alias: config.resolve.alias } })
  config.logger.info(`rooms: the build has set no hooks; these come from ${file}`)
}
