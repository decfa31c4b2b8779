/** A vite configuration with the plugin. */

import { defineConfig, type Plugin } from 'vite'
import { rooms, type RoomsOptions } from '@cgreenhalgh/websocket-room-server/vite'

export const plugin: Plugin = rooms()
export const options: Required<RoomsOptions> = {
  hooks: 'src/lib/live.ts',
  options: { path: '/live', maxClients: 100 },
  loader: 'runner',
}
export default defineConfig({ plugins: [rooms(options)] })
