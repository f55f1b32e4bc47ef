import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../../src/cli/program.ts'
import { FIELD_BOUNDS } from '../../../src/wire/field-schemas.ts'
import { endAfterAll } from '../../support/end-after-all.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleShell } from './sample-shell.ts'

/** What a command line is refused with; it fails in another way when the main server is dialled first. */
async function refusalOf(args: readonly string[]): Promise<string> {
  const connect = async () => {
    throw new Error('dialled')
  }
  const error: unknown = await runProgram(args, { ...sampleShell().shell, connect }).catch((cause: unknown) => cause)
  return error instanceof Error ? error.message : 'nothing was refused'
}

describe('what no message can carry is refused before anybody is dialled:', () => {
  const folder = temporaryFolder({ endWith: endAfterAll() })
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const long = (characters: number) => 'a'.repeat(characters)

  test.each([
    [['rank', ''], 'SELECTOR is empty: is a variable not set?'],
    [['rank', long(65_537)], 'SELECTOR has 65537 characters, but may have 65536 at most'],
    [['push', file, '--to', long(65_537)], '--to has 65537 characters'],
    [['push', file, '--from', long(256)], '--from has 256 characters'],
    [['push', `x/${long(5000)}`, '--from', 'web1', '--dest', 'x'], 'PATH has 5002 characters'],
    [['push', long(300), '--from', 'web1', '--dest', 'x'], 'the last name of PATH has 300 characters'],
    [['push', file, '--dest', 'a/'.repeat(3000)], 'is longer than 1024 bytes'],
    [['push', file, '--dest', '../up'], "has the part '..'"],
    [['status', '--explain', long(256)], '--explain has 256 characters'],
  ])('%.40j', async (args, reason) => {
    expect(await refusalOf(args)).toContain(reason)
  })

  test('more PATHs than one push takes', async () => {
    const many = Array.from({ length: FIELD_BOUNDS.tops + 1 }, (_, at) => join(folder, `many-${at}`))
    for (const path of many) mkdirSync(path)
    expect(await refusalOf(['push', ...many])).toBe(
      '1001 PATHs are more than the 1000 that one push takes: push the folder that they are in, or fewer at a time',
    )
    const within = many.slice(1, 900)
    const deep = `${long(200)}/${long(200)}`
    expect(await refusalOf(['push', ...within, '--dest', deep])).toMatch(/destinations of 899 PATHs are too long/)
    expect(await refusalOf(['push', ...within])).toBe('dialled')
  })
})
