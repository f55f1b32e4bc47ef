/**
 * A node's TLS certificate: self-signed, ECDSA P-256. No authority vouches for it and no date ends it; peers pin its fingerprint, and
 * revoking is the registry's job. The dates span all clocks a machine may wake up with.
 */

import { createHash, createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import type { Fingerprint, NodeId } from './node-id.ts'

export interface Certificate {
  readonly certificatePem: string
  /** PKCS #8. */
  readonly privateKeyPem: string
  readonly fingerprint: Fingerprint
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const VALID_FROM = new Date('1970-01-01T00:00:00Z')
const VALID_TO = new Date('2199-12-31T23:59:59Z')

/** A new key pair and its certificate, which names the node. Its chance is always the operating system's. */
export async function createCertificate({ nodeId }: { nodeId: NodeId }): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const x509 = await loadX509()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: [{ CN: [nodeId] }],
      notBefore: VALID_FROM,
      notAfter: VALID_TO,
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ],
    },
    webcrypto as Crypto,
  )
  const privateKeyDer = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const privateKey = createPrivateKey({ key: privateKeyDer, format: 'der', type: 'pkcs8' })
  return {
    certificatePem: certificate.toString('pem'),
    privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    fingerprint: fingerprintOf(new Uint8Array(certificate.rawData)),
  }
}

/**
 * The certificate library, loaded when a node is made and not at every start. It must find the polyfill in place; only an await between
 * the two imports keeps that order in the bundled executable too.
 */
async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/**
 * A certificate as it was kept.
 * @throws when the PEM texts are damaged or do not belong together
 */
export function readCertificate(pem: { certificatePem: string; privateKeyPem: string }): Certificate {
  const certificate = new X509Certificate(pem.certificatePem)
  if (!certificate.checkPrivateKey(createPrivateKey(pem.privateKeyPem))) {
    throw new Error('the private key is not the one of the certificate')
  }
  return { ...pem, fingerprint: fingerprintOf(certificate.raw) }
}

/** The fingerprint of a certificate's DER bytes. */
export function fingerprintOf(der: Uint8Array): Fingerprint {
  return createHash('sha256').update(der).digest('base64url')
}
