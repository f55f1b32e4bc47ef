import { describe, expect, test } from 'vitest'
import type { OptionTable } from '../../../src/cli/option-tables.ts'
import { environmentName, gatherSettings, parseSettingsFile } from '../../../src/cli/settings.ts'

const TABLE = {
  'packet-size': { kind: 'text', describe: '', default: '64KiB' },
  compress: { kind: 'text', describe: '', default: 'auto', choices: ['auto', 'zstd'] },
  dest: { kind: 'text', describe: '' },
  json: { kind: 'flag', describe: '' },
  label: { kind: 'list', describe: '' },
} as const satisfies OptionTable

const nothing = { commandLine: {}, environment: {}, file: {} }

describe('settings', () => {
  test('are the defaults when nobody says anything', () => {
    expect(gatherSettings(TABLE, nothing)).toEqual({
      'packet-size': '64KiB',
      compress: 'auto',
      dest: undefined,
      json: false,
      label: [],
    })
  })

  test('that may be repeated are lists, in the environment one a line', () => {
    const labels = (sources: object) => gatherSettings(TABLE, { ...nothing, ...sources }).label
    expect(labels({ commandLine: { label: 'a=1' } })).toEqual(['a=1'])
    expect(labels({ commandLine: { label: ['a=1', 'b=2'] } })).toEqual(['a=1', 'b=2'])
    expect(labels({ environment: { TREECAST_LABEL: 'a=1\nb=2,3\n' } })).toEqual(['a=1', 'b=2,3'])
    expect(labels({ file: { label: ['a=1'] } })).toEqual(['a=1'])
    expect(() => gatherSettings(TABLE, { ...nothing, file: { dest: ['a'] } })).toThrow(
      'is a list, but must be one value',
    )
  })

  test('that are given several times, and may not, count as they were given last', () => {
    const commandLine = { dest: ['a', 'b'], json: [true, true] }
    expect(gatherSettings(TABLE, { ...nothing, commandLine })).toMatchObject({ dest: 'b', json: true })
  })

  test('whose name would be ambiguous have a longer one outside the command line', () => {
    const table = { label: { kind: 'list', describe: '', settingPrefix: 'rank-' } } as const
    const environment = { TREECAST_LABEL: 'a=1', TREECAST_RANK_LABEL: 'b=2' }
    expect(gatherSettings(table, { ...nothing, environment, file: {} })).toEqual({ label: ['b=2'] })
    expect(gatherSettings(table, { ...nothing, file: { label: 'a=1', 'rank-label': 'b=2' } })).toEqual({
      label: ['b=2'],
    })
  })

  test('come from the file, over that the environment, over that the command line', () => {
    const file = { dest: 'file', 'packet-size': 4096, json: true }
    const environment = { TREECAST_DEST: 'environment', TREECAST_JSON: 'false' }
    expect(gatherSettings(TABLE, { ...nothing, file })).toMatchObject({
      dest: 'file',
      'packet-size': '4096',
      json: true,
    })
    expect(gatherSettings(TABLE, { ...nothing, file, environment })).toMatchObject({ dest: 'environment', json: false })
    const commandLine = { dest: 'line', json: true }
    expect(gatherSettings(TABLE, { commandLine, file, environment })).toMatchObject({ dest: 'line', json: true })
  })

  test('ignore an empty variable, and settings of other commands', () => {
    const environment = { TREECAST_DEST: '', TREECAST_LISTEN: ':0' }
    expect(gatherSettings(TABLE, { ...nothing, environment, file: { listen: ':0' } })).toEqual(
      gatherSettings(TABLE, nothing),
    )
  })

  test('are refused with the place they came from', () => {
    expect(() => gatherSettings(TABLE, { ...nothing, environment: { TREECAST_COMPRESS: 'gzip' } })).toThrow(
      "TREECAST_COMPRESS is 'gzip', but must be one of auto, zstd",
    )
    expect(() => gatherSettings(TABLE, { ...nothing, file: { json: 'perhaps' } })).toThrow(
      "'json' in the settings file is 'perhaps', but must be true or false",
    )
    expect(() => gatherSettings(TABLE, { ...nothing, commandLine: { dest: '' } })).toThrow('--dest is empty')
  })

  test('are named after their option', () => expect(environmentName('packet-size')).toBe('TREECAST_PACKET_SIZE'))
})

describe('a settings file', () => {
  const known = new Set(['dest', 'json'])
  test('is one JSON object of known options', () => {
    expect(parseSettingsFile('/f', '{"dest":"a","json":true}', known)).toEqual({ dest: 'a', json: true })
  })
  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'it is not one JSON object'],
    ['null', 'it is not one JSON object'],
    ['{"dst":"a"}', "there is no option 'dst'"],
    ['{"dest":{"a":1}}', "'dest' is neither text, a number, true or false, nor a list of these"],
  ])('%s is refused: %s', (text, why) => {
    expect(() => parseSettingsFile('/f', text, known)).toThrow(
      expect.objectContaining({ code: 'E_CONFIG', message: `cannot use the settings file /f: ${why}` }),
    )
  })
})
