import { expect, test } from 'vitest'
import { deadlineError, dialError, listenError, wrongPeerError } from '../../../src/link/network-errors.ts'

const address = { host: 'fd00::7', port: 7717 }

test.each([
  ['dialling', dialError(address)],
  ['dialling for too long', deadlineError(address, 5000)],
  ['another certificate', wrongPeerError(address, { expected: 'one', shown: 'other' })],
  ['a port that is taken', listenError(address, Object.assign(new Error('taken'), { code: 'EADDRINUSE' }))],
  ['a host that cannot be listened on', listenError(address, new Error('no such address'))],
])('the error of %s names an IPv6 address as options take it', (_, { message }) => {
  expect(message).toContain('[fd00::7]:7717')
})
