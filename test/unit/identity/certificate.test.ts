import { createHash, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createCertificate, fingerprintOf, readCertificate } from '../../../src/identity/certificate.ts'
import { nodeIdOf } from '../../../src/identity/node-id.ts'

const nodeId = nodeIdOf(new Uint8Array(32))

describe('a certificate', () => {
  test('names its node, is signed by its own key and outlives every clock', async () => {
    const { certificatePem } = await createCertificate({ nodeId })
    const certificate = new X509Certificate(certificatePem)
    expect(certificate.subject).toBe(`CN=${nodeId}`)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.publicKey.asymmetricKeyType).toBe('ec')
    expect(certificate.validFrom).toBe('Jan  1 00:00:00 1970 GMT')
    expect(certificate.validTo).toBe('Dec 31 23:59:59 2199 GMT')
    expect(certificate.ca).toBe(false)
  })

  test('has the SHA-256 of its DER bytes as its fingerprint', async () => {
    const { certificatePem, fingerprint } = await createCertificate({ nodeId })
    const der = new X509Certificate(certificatePem).raw
    expect(fingerprint).toBe(createHash('sha256').update(der).digest('base64url'))
    expect(fingerprintOf(der)).toBe(fingerprint)
  })

  test('is another one each time', async () => {
    const [one, two] = await Promise.all([createCertificate({ nodeId }), createCertificate({ nodeId })])
    expect(one.fingerprint).not.toBe(two.fingerprint)
  })

  test('is read back with its key, and not with the key of another', async () => {
    const [one, two] = await Promise.all([createCertificate({ nodeId }), createCertificate({ nodeId })])
    expect(readCertificate(one)).toEqual(one)
    expect(() => readCertificate({ ...one, privateKeyPem: two.privateKeyPem })).toThrow('private key')
  })
})
