/** A self-signed certificate for localhost, made by openssl for this run: nothing is kept. In production have a real one. */

import { execFileSync } from 'node:child_process'

const REQUEST = [
  'req',
  '-x509',
  '-nodes',
  '-days',
  '7',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:prime256v1',
]
const NAME = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']

export function certificate() {
  // Both to stdout: the key, and behind it the certificate.
  const pem = execFileSync('openssl', [...REQUEST, ...NAME, '-keyout', '-', '-out', '-'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [key] = /-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----/s.exec(pem)
  const [cert] = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/s.exec(pem)
  return { key, cert }
}
