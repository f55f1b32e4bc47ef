import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, isUnspecified, parseAddress } from '../../../src/system/address.ts'

describe('an address', () => {
  test.each([
    ['main.example:7717', { host: 'main.example', port: 7717 }],
    ['10.0.0.7:0', { host: '10.0.0.7', port: 0 }],
    ['[2001:db8::7]:7717', { host: '2001:db8::7', port: 7717 }],
    ['[fe80::1%eth0]:65535', { host: 'fe80::1%eth0', port: 65_535 }],
    [':7717', { host: '0.0.0.0', port: 7717 }],
  ])('%s is read', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
  })

  test('takes the default port where it names none', () => {
    expect(parseAddress('main', 7717)).toEqual({ host: 'main', port: 7717 })
    expect(parseAddress('[::1]', 7717)).toEqual({ host: '::1', port: 7717 })
    expect(parseAddress('main:1', 7717)).toEqual({ host: 'main', port: 1 })
  })

  test.each([
    '',
    ':',
    'main',
    'main:',
    'main:65536',
    'main:123456',
    'main:-1',
    'main:7717x',
    ' main:7717',
    'ma in:7717',
    '::1:7717',
    '[::1:7717',
    '[]:7717',
    '[main]:7717',
    '-main:7717',
    'main\n:7717',
    'main:7717\n',
    `${'a'.repeat(254)}:7717`,
    'user@main:7717',
    'main/path:7717',
  ])('%j is refused, and the message shows the valid forms', (text) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({ code: 'E_ADDRESS', message: expect.stringContaining('[IPV6]:PORT') }),
    )
  })

  test('reads back as it was written', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6())
    fc.assert(
      fc.property(host, fc.integer({ min: 0, max: 65_535 }), (name, port) => {
        expect(parseAddress(formatAddress({ host: name, port }))).toEqual({ host: name, port })
      }),
    )
  })

  test('of every interface is nothing to dial', () => {
    expect(isUnspecified(parseAddress(':1'))).toBe(true)
    expect(isUnspecified(parseAddress('[::]:1'))).toBe(true)
    expect(isUnspecified(parseAddress('127.0.0.1:1'))).toBe(false)
  })
})
