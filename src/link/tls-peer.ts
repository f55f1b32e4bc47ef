/** Who is at the other end of a TLS socket. Nothing here trusts a certificate: it only says which one the peer holds the key of. */

import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Fingerprint } from './link.ts'

/** The ALPN name: what both sides must have agreed to speak. */
export const PROTOCOL = 'treecast/1'

export function speaksTreecast(socket: TLSSocket): boolean {
  return socket.alpnProtocol === PROTOCOL
}

/** The fingerprint of the peer's certificate, or undefined when it showed none. Call it after the handshake. */
export function peerFingerprint(socket: TLSSocket): Fingerprint | undefined {
  const certificate = socket.getPeerCertificate()?.raw
  return certificate && createHash('sha256').update(certificate).digest('base64url')
}
