/**
 * What the examples in the pages take for granted: the application around them, and what an earlier block has imported.
 */

declare module '@sveltejs/kit/vite' {
  export function sveltekit(): import('vite').Plugin[]
}
/** What adapter-node builds. */
declare module '*/build/index.js' {
  export const server: import('node:http').Server
}

/** In what vite serves. */
interface ImportMeta {
  hot?: { data: any; accept(): void }
}

declare const createServer: typeof import('node:http').createServer
declare const wss: typeof import('@cgreenhalgh/websocket-room-server').wss
declare const WSS: typeof import('@cgreenhalgh/websocket-room-server').WSS
declare const MESSAGE_TYPE: typeof import('@cgreenhalgh/websocket-room-server').MESSAGE_TYPE
declare const startRooms: typeof import('@cgreenhalgh/websocket-room-server/testing').startRooms
declare const rooms: import('@cgreenhalgh/websocket-room-server/testing').Rooms
declare const hooks: import('@cgreenhalgh/websocket-room-server/testing').Hooks

declare const handler: import('node:http').RequestListener
declare const logger: Record<'error' | 'warn' | 'info' | 'debug' | 'trace', (message: string) => void>
declare const database: {
  load(id: string): Promise<Record<string, string>>
  save(id: string, state: Record<string, string>): Promise<void>
  end(): Promise<void>
}
declare function findUser(
  cookies: string | undefined,
): Promise<{ name: string; mayEdit: boolean } | undefined>
declare function render(...what: unknown[]): void
