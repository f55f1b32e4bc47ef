import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorDocument } from '../../../src/cli/json-errors.ts'
import { runProgram } from '../../../src/cli/program.ts'
import { failureDocument } from '../../../src/cli/push-documents.ts'
import { TreecastError } from '../../../src/system/errors.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleTerminal, sampleTransfer } from '../tui/layout/sample-snapshot.ts'
import { sampleShell } from './sample-shell.ts'

const error = new TreecastError('E_X', 'why')
const failed = { args: ['--json'], command: 'push', environment: {}, file: {}, started: false }

describe('a command that fails', () => {
  test('before a push began leaves a result', () => {
    expect(errorDocument(error, failed)).toMatchObject({ type: 'result', state: 'failed', transfer: null })
  })

  test('before a push began has every member that a result has', () => {
    const begun = failureDocument(error, sampleTransfer([sampleTerminal(1, 0)]))
    expect(Object.keys(errorDocument(error, failed) ?? {}).sort()).toEqual(Object.keys(begun).sort())
  })

  test('of rank and status leaves a document with the error', () => {
    const document = { version: 1, error: { code: 'E_X', message: 'why' } }
    expect(errorDocument(error, { ...failed, command: 'rank', started: true })).toEqual(document)
    expect(errorDocument(error, { ...failed, command: 'status' })).toEqual(document)
  })

  test('leaves nothing when it has said so itself, or nobody asked', () => {
    expect(errorDocument(error, { ...failed, started: true })).toBeUndefined()
    expect(
      errorDocument(error, { ...failed, command: 'status', args: ['--json', '--watch'], started: true }),
    ).toBeUndefined()
    expect(errorDocument(error, { ...failed, command: 'serve' })).toBeUndefined()
    expect(errorDocument(error, { ...failed, args: [] })).toBeUndefined()
  })

  test.each([
    [['--json=true'], {}, true],
    [['--json=false'], { TREECAST_JSON: 'true' }, false],
    [[], { TREECAST_JSON: 'yes' }, true],
    [[], { TREECAST_JSON: '0' }, false],
  ])('heeds %j and %j', (args, environment, wanted) => {
    expect(errorDocument(error, { ...failed, args, environment }) !== undefined).toBe(wanted)
  })

  test('heeds the settings file, after the environment', () => {
    const settled = { ...failed, args: [], file: { json: true } }
    expect(errorDocument(error, settled)).toMatchObject({ type: 'result' })
    expect(errorDocument(error, { ...settled, environment: { TREECAST_JSON: 'no' } })).toBeUndefined()
  })

  test('leaves exactly one document, whatever failed', async () => {
    const settingsFile = join(temporaryFolder(), 'settings.json')
    writeFileSync(settingsFile, '{"json":true}')
    const connect = async () => {
      throw new TreecastError('E_MAIN_UNREACHABLE', 'away')
    }
    for (const args of [
      ['rank', '--json'],
      ['status', '--json'],
      ['status', '42', '--watch', '--json'],
      ['status', 'x', '--json'],
      ['status', '--watch', '--json'],
      ['status', 'x', '--watch', '--json'],
      ['rank', '--jsn', '--json'],
      ['push', '/nothing/here', '--json'],
      ['push', '/nothing/here', '--json=yes'],
      ['push', '--colour', '--config', settingsFile],
      ['rank', '--colour', `--config=${settingsFile}`],
    ]) {
      const { shell, stdout } = sampleShell({ connect })
      await expect(runProgram(args, shell)).rejects.toThrow()
      expect(stdout()).toMatch(/^\{.*\}\n$/)
      expect(JSON.parse(stdout()).error).toMatchObject({ code: expect.any(String) })
    }
  })
})
