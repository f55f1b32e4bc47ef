import { describe, expect, test } from 'vitest'
import { exitCodeOf, exitCodeOfTransfer } from '../../../src/cli/exit-codes.ts'
import { type ErrorCode, TreecastError } from '../../../src/system/errors.ts'

describe('the exit code of an error', () => {
  test.each<[ErrorCode, number]>([
    ['E_USAGE', 2],
    ['E_PATH_UNREADABLE', 2],
    ['E_PATH_NOT_A_FILE', 2],
    ['E_SELECTOR_EMPTY', 2],
    ['E_DESTINATION_OUTSIDE', 2],
    ['E_SIZE', 2],
    ['E_DURATION', 2],
    ['E_ADDRESS', 2],
    ['E_WIDE_MODE', 2],
    ['E_HOME_WIDE', 2],
    ['E_MAIN_UNREACHABLE', 5],
    ['E_NOT_AUTHORISED', 6],
    ['E_NOT_ENROLLED', 6],
    ['E_NODE_REVOKED', 6],
    ['E_TRANSFER_UNKNOWN', 2],
    ['E_INBOX', 2],
    ['E_WRONG_PEER', 6],
    ['E_JOIN_TOKEN_EXPIRED', 6],
    ['E_INTERRUPTED', 130],
    ['E_BROKEN_INVARIANT', 1],
    ['E_PATHOLOGICAL', 1],
  ])('%s is %i', (code, expected) => {
    expect(exitCodeOf(new TreecastError(code, 'x'))).toBe(expected)
  })

  test('anything without a code of ours is an internal error', () => {
    expect(exitCodeOf(new Error('x'))).toBe(1)
    expect(exitCodeOf('x')).toBe(1)
    expect(exitCodeOf(Object.assign(new Error('x'), { code: 'toString' }))).toBe(1)
  })
})

describe('the exit code of a finished transfer', () => {
  const of = (delivered: number, failed: number, pending: number) =>
    exitCodeOfTransfer({ delivered, failed, pending, terminals: Array(delivered + failed + pending).fill({}) })

  test('is 0 when every target has it', () => expect(of(3, 0, 0)).toBe(0))
  test('is 3 when some have it and others failed or are pending', () => {
    expect(of(2, 1, 0)).toBe(3)
    expect(of(2, 0, 1)).toBe(3)
  })
  test('is 4 when none has it', () => {
    expect(of(0, 3, 0)).toBe(4)
    expect(of(0, 0, 3)).toBe(4)
  })
})
