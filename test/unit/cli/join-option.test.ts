import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { readJoinToken } from '../../../src/cli/join-option.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const from = (text: string) => Readable.from([text])

describe('the join token', () => {
  test('is what --join says', async () => {
    expect(await readJoinToken({ join: 'tcj1_x', joinFile: undefined, stdin: from('') })).toBe('tcj1_x')
    expect(await readJoinToken({ join: undefined, joinFile: undefined, stdin: from('tcj1_y') })).toBeUndefined()
  })

  test('is the first line of standard input or of a file', async () => {
    expect(await readJoinToken({ join: '-', joinFile: undefined, stdin: from(' tcj1_x\nmore\n') })).toBe('tcj1_x')
    const file = join(temporaryFolder(), 'token')
    writeFileSync(file, 'tcj1_z\n')
    expect(await readJoinToken({ join: undefined, joinFile: file, stdin: from('') })).toBe('tcj1_z')
  })

  test('is looked for in the beginning of a file only, however long that is', async () => {
    await expect(readJoinToken({ join: undefined, joinFile: '/dev/zero', stdin: from('') })).rejects.toThrow(
      'the file of the join token /dev/zero is larger than 1 MiB: check --join-file',
    )
  })

  test('is refused when it is given twice, empty or unreadable', async () => {
    await expect(readJoinToken({ join: 'a', joinFile: 'b', stdin: from('') })).rejects.toMatchObject({
      code: 'E_USAGE',
    })
    await expect(readJoinToken({ join: '-', joinFile: undefined, stdin: from('\n') })).rejects.toThrow(
      'there is no join token in standard input',
    )
    const folder = new Readable({
      read: () => folder.destroy(Object.assign(new Error('a folder'), { code: 'EISDIR' })),
    })
    await expect(readJoinToken({ join: '-', joinFile: undefined, stdin: folder })).rejects.toMatchObject({
      code: 'E_PATH_UNREADABLE',
      message: 'the join token cannot be read from standard input (EISDIR)',
    })
    const missing = join(temporaryFolder(), 'missing')
    await expect(readJoinToken({ join: undefined, joinFile: missing, stdin: from('') })).rejects.toMatchObject({
      code: 'E_PATH_UNREADABLE',
    })
  })
})
