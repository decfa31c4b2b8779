/**
 * Starts a room server on an http server of its own and knows how to reach it, over TCP, TLS or a Unix socket. The only file that
 * knows about transports: tests are the same for all of them.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { TestClient } from './client.mjs'
import { gate, within } from './inbox.mjs'
import { RawClient } from './raw-client.mjs'

let certificate
let sockets = 0

/** A key and a self-signed certificate, made once for each process. */
export function tlsIdentity() {
  if (certificate) return certificate
  const folder = mkdtempSync(join(tmpdir(), 'room-server-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-nodes']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  certificate = { key: readFileSync(key), cert: readFileSync(cert) }
  rmSync(folder, { recursive: true })
  return certificate
}

const TRANSPORTS = {
  http: {
    create: (listener) => http.createServer(listener),
    listenOn: () => [0, '127.0.0.1'],
    url: (server, path) => `ws://127.0.0.1:${server.address().port}${path}`,
    dial: (server) => net.connect(server.address().port, '127.0.0.1'),
  },
  https: {
    create: (listener) => https.createServer(tlsIdentity(), listener),
    listenOn: () => [0, '127.0.0.1'],
    url: (server, path) => `wss://127.0.0.1:${server.address().port}${path}`,
    dial(server) {
      const tcp = net.connect(server.address().port, '127.0.0.1')
      tcp.on('error', () => {})
      return Object.assign(tls.connect({ socket: tcp, rejectUnauthorized: false }), { transportSocket: tcp })
    },
  },
  unix: {
    create: (listener) => http.createServer(listener),
    listenOn: () => [join(tmpdir(), `room-server-${process.pid}-${++sockets}.sock`)],
    url: (server, path) => `ws+unix:${server.address()}:${path}`,
    dial: (server) => net.connect(server.address()),
  },
}

/** An http server on a free port, without any room server. */
export class HttpServer {
  #sockets = new Set()

  constructor(transport = 'http', listener = (_request, response) => response.end('the application')) {
    this.transport = TRANSPORTS[transport]
    this.http = this.transport.create(listener)
    this.http.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  async listen() {
    const listening = gate()
    this.http.once('error', listening.fail)
    this.http.listen(...this.transport.listenOn(), listening.open)
    await listening.promise
    return this
  }

  url(path = '/wss') {
    return this.transport.url(this.http, path)
  }

  /** A WebSocket client, once it is connected. */
  connect({ path, ...options } = {}) {
    return new TestClient(this.url(path), options).opened
  }

  /** A client that writes bytes, once it is connected. */
  async dial() {
    const socket = this.transport.dial(this.http)
    const client = new RawClient(socket)
    const connected = gate()
    socket.once(socket.transportSocket ? 'secureConnect' : 'connect', connected.open)
    socket.once('error', connected.fail)
    await within(connected.promise, 'not connected')
    const tcp = socket.transportSocket ?? socket
    tcp.setNoDelay(true)
    return client
  }

  async stop() {
    const closed = gate()
    this.http.close(() => closed.open())
    for (const socket of this.#sockets) socket.destroy()
    await within(closed.promise, 'the http server did not close')
  }
}

/** Ends what a room server holds: the original's timer, our connections and threads. */
export async function endRoomServer(wss) {
  if (wss.close) await wss.close()
  else wss.wss.close()
}

/** A port that is free now: for a program that must be told one. */
export async function freePort() {
  const server = await new HttpServer().listen()
  const { port } = server.http.address()
  await server.stop()
  return port
}
