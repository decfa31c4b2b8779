import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { rooms } from '@cgreenhalgh/websocket-room-server/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter(),
      compilerOptions: { runes: true },
      // Forms are taken from pages of this origin only. Unset: https, and the host that the request names.
      paths: { origin: process.env.ORIGIN },
    }),
    rooms({ hooks: 'src/lib/live.ts' }),
  ],
})
