import { expect, test } from 'vitest'
import { TreecastError } from '../../../src/system/errors.ts'
import { decodeMessage, encodeMessage } from '../../../src/wire/messages.ts'
import { peerError, reason, reasonOf } from '../../../src/wire/reason.ts'

test('a reason of whatever length is taken by the messages that carry it', () => {
  const long = reason(`E_${'X'.repeat(100)}`, 'y'.repeat(5000))
  expect(decodeMessage('refused', encodeMessage('refused', long))).toEqual(long)
  expect(long.message).toHaveLength(2000)
})

test('the reason of anything thrown has its code, or says that it is an internal error', () => {
  expect(reasonOf(new TreecastError('E_NO_SPACE', 'free space'))).toEqual({ code: 'E_NO_SPACE', message: 'free space' })
  expect(reasonOf('a text')).toEqual({ code: 'E_INTERNAL', message: 'a text' })
})

test("a peer's reason is the error that it names, unless its code is none of ours", () => {
  expect(peerError({ code: 'E_TICKET', message: 'not signed' })).toMatchObject({
    code: 'E_TICKET',
    message: 'not signed',
  })
  expect(peerError({ code: 'ENOSPC', message: 'disk full' })).toMatchObject({ code: 'E_PEER', message: 'disk full' })
})
