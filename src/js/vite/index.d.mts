/**
 * Rooms for vite's dev and preview servers, and for frameworks on vite such as SvelteKit. Needs vite 6, 7 or 8.
 */

import type { Plugin } from 'vite'
import type { RoomServerOptions } from '../../../index.js'

/** What {@link rooms} takes. */
export interface RoomsOptions {
  /**
   * The module that sets the application's hooks on `wss`, relative to vite's root: `'src/lib/live.ts'`. It is loaded when the server
   * starts, and no client is let in before that: clients wait. When it, or a module of the application that it imports, is saved, the new
   * hooks are there at once, and clients stay; hooks that it does not set any more are unset. A version that fails to load is reported and
   * changes nothing.
   *
   * In `vite preview` it is loaded only if the build has set no hooks. It takes no part in `vite build`: import it in the server code,
   * with SvelteKit in `src/hooks.server.ts`.
   */
  hooks?: string
  /** For the room server: given to `wss.configure`. In production that is for the server's own code to do. */
  options?: RoomServerOptions
  /**
   * By which of vite's two ways to run server code the hooks module is loaded in dev. It has to be the one that the framework uses: with the
   * other one, server code that imports the hooks module gets a second instance of it. Default: `'ssrLoadModule'` with SvelteKit 2,
   * else `'runner'`, which is `server.environments.ssr.runner`.
   */
  loader?: 'runner' | 'ssrLoadModule'
}

/**
 * Serves rooms on the http server of `vite dev` and of `vite preview`, and keeps the package out of server bundles (`ssr.external`).
 * Restarts of the dev server keep rooms and hooks: clients are closed with 1001 and can come back. Vite's own WebSocket is left alone.
 *
 * Belongs into the list of plugins once. In `vitest` it does nothing but `ssr.external`.
 */
export declare function rooms(options?: RoomsOptions): Plugin
