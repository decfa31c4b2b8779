/**
 * Serves the files of flat folders. The names are read once at the start and a request is only
 * ever looked up among them, so no path can lead out of the folders. Contents are read anew for
 * each request and never cached: edit, reload, done.
 */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** A request listener for files: `folders` are file: URLs by the path that they have for a page, all ending in a slash. */
export function serveStatic(folders) {
  const files = new Map()
  for (const [path, folder] of Object.entries(folders)) {
    for (const name of readdirSync(folder)) {
      if (extname(name) in TYPES) files.set(path + name, new URL(name, folder))
    }
  }
  files.set('/', files.get('/index.html'))

  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(response, 405, 'Method not allowed', { allow: 'GET, HEAD' })
    }
    const file = files.get(request.url.split('?', 1)[0])
    if (!file) return answer(response, 404, 'Not found')
    try {
      answer(response, 200, await readFile(file), { 'content-type': TYPES[extname(file.pathname)] })
    } catch {
      answer(response, 500, 'This file cannot be read')
    }
  }
}

function answer(response, status, body, headers) {
  const type = { 'content-type': 'text/plain; charset=utf-8' }
  const length = { 'content-length': Buffer.byteLength(body) }
  // Node leaves the body out of an answer to HEAD by itself.
  response.writeHead(status, { ...HEADERS, ...type, ...length, ...headers }).end(body)
}
