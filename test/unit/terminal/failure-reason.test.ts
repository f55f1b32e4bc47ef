import { expect, test } from 'vitest'
import { TreecastError } from '../../../src/system/errors.ts'
import { failureReason } from '../../../src/terminal/failure-reason.ts'

const place = { name: 'web1', inboxFolder: '/srv/www', destination: 'site' }
const systemError = (code: string) => Object.assign(new Error(`${code}: rename 'a' -> 'b'`), { code })

test.each([
  [
    'ENOSPC',
    'E_NO_SPACE',
    "the disk of terminal web1 is full: free space in /srv/www there, or push with --to '!web1'",
  ],
  [
    'EPERM',
    'E_INBOX',
    'terminal web1 may not put site into /srv/www (EPERM): change what protects it there, or push with another --dest',
  ],
])('%s becomes words that say what to do', (code, reason, message) => {
  expect(failureReason(systemError(code), place)).toMatchObject({ code: reason, message })
})

test('an error that says what to do stays as it is', () => {
  const error = new TreecastError('E_DESTINATION_BLOCKED', 'site is a file there')
  expect(failureReason(error, place)).toEqual({ code: 'E_DESTINATION_BLOCKED', message: 'site is a file there' })
})
