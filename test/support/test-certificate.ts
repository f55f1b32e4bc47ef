/** A self-signed P-256 certificate for tests that need two nodes to know each other, and nothing else of an identity. */

import 'reflect-metadata'
import { createHash, webcrypto } from 'node:crypto'
import { cryptoProvider, X509CertificateGenerator } from '@peculiar/x509'

export interface TestCertificate {
  readonly certificatePem: string
  readonly privateKeyPem: string
  /** SHA-256 of the DER bytes, base64url. */
  readonly fingerprint: string
}

export async function createTestCertificate(): Promise<TestCertificate> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const crypto = webcrypto as Crypto
  cryptoProvider.set(crypto)
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=treecast test',
    notBefore: new Date(0),
    notAfter: new Date(4_000_000_000_000),
    keys,
    signingAlgorithm: algorithm,
  })
  const privateKey = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    certificatePem: certificate.toString('pem'),
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${privateKey}\n-----END PRIVATE KEY-----\n`,
    fingerprint: createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('base64url'),
  }
}
