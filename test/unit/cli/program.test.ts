import { describe, expect, test } from 'vitest'
import { commandOf, runProgram } from '../../../src/cli/program.ts'
import { tellError } from '../../../src/cli/tell-error.ts'
import { TreecastError } from '../../../src/system/errors.ts'
import { sampleShell } from './sample-shell.ts'

async function printed(...args: string[]): Promise<string> {
  const { shell, stdout } = sampleShell()
  expect(await runProgram(args, shell)).toBe(0)
  return stdout()
}

describe('help', () => {
  test('lists the commands, and the options of each', async () => {
    const help = await printed('--help')
    for (const command of ['serve', 'relay', 'push', 'rank', 'status', 'completion'])
      expect(help).toContain(`treecast ${command}`)
    expect(await printed('push', '--help')).toMatch(/--packet-size.*\n/)
    expect(await printed('serve', 'token', '--help')).toMatch(/--uses .*\[default: 1\]/)
  })

  test('keeps to the width of a page', async () => {
    for (const line of (await printed('push', '--help')).split('\n')) expect(line.length).toBeLessThanOrEqual(110)
  })

  test('tells its version', async () => expect(await printed('--version')).toBe('treecast 9.9.9\n'))
  test('completes shells', async () => expect(await printed('completion')).toContain('treecast'))
})

describe('a command line that cannot be understood', () => {
  test.each([
    [[], 'say what to do: serve, relay, push, rank or status. See treecast --help'],
    [['puhs', 'x'], 'there is no such command. Did you mean push?'],
    [['serve', 'tokn'], 'there is no such command. Did you mean token?'],
    [['push'], 'say what to push: treecast push PATH, or - for standard input'],
    [
      ['push', 'a', '--ad-hoc', '--detach', '--expect', '1'],
      /^--ad-hoc serves from here until the end: leave --detach/,
    ],
    [['push', 'no/such', '--ad-hoc', '--expect', '1'], 'no/such does not exist'],
    [['push', '-', '--ad-hoc', '--expect', '1', '--dest', '../x'], /has the part '\.\.'/],
    [['push', '-', '--ad-hoc', '--expect', '1', '--dest', 'x', '--deadline', '9'], /'9' is not a duration/],
    [['push', 'a', '--cancel', '7'], '--cancel takes a transfer and no PATH'],
    [['push', '--cancel', 'x'], "--cancel is 'x', but must be a whole number from 1 to 9007199254740991"],
    [['push', 'a', '--activate', 'tomorrow'], /^--activate is 'tomorrow', which is not a time\. Write it as /],
    [['push', 'a', '--bogus'], "unknown 'bogus'. See treecast push --help"],
    [['push', '--bogus', 'a'], "unknown 'bogus'. See treecast push --help"],
    [['push', 'a', '-q'], "unknown '-q'. See treecast push --help"],
    [['--quiet', 'push', 'a'], '--quiet stands before its command: write treecast push --quiet'],
    [['status', '1', 'json'], "unknown 'json'. See treecast status --help"],
    [['push', 'a', '--to'], '--to needs a value. See treecast push --help'],
    [['push', 'a', '--quiet=perhaps'], "--quiet is 'perhaps', but must be true or false"],
    [['push', 'a', '--packetSize', '1'], "unknown 'packetSize'. Did you mean --packet-size?"],
    [
      ['push', 'a', '--compress', 'zip'],
      /^--compress is "zip", but must be one of "auto", .*\. See treecast push --help$/,
    ],
    [['serve', 'token', '--listen', ':0'], "unknown 'listen'. See treecast serve token --help"],
    [['serve', '--fanout', '0'], "--fanout is '0', but must be a whole number from 1 to 64"],
    [
      ['serve', '--listen', '127.0.0.1'],
      "--listen is '127.0.0.1', which is not an address. Did you mean 127.0.0.1:7717?",
    ],
    [['serve', '--listen', '8080'], /^--listen is '8080'.* Did you mean :8080\?$/],
    [['relay', '--listen', '::1:8080'], /Did you mean \[::1\]:8080\?$/],
    [['relay', '--advertise', '::1'], /^--advertise is .* Did you mean \[::1\]:7717\?$/],
    [['rank', '--server', 'main.example'], /^--server is .* Did you mean main\.example:7717\?$/],
    [['serve', '--metrics', 'localhost'], /^--metrics is .* Did you mean localhost:9717\?$/],
    [['serve', '--listen', 'here:99999'], /Write HOST:PORT, \[IPV6\]:PORT or :PORT with a port from 0 to 65535$/],
    [['relay', '--advertise', ':0'], /no machine can dial/],
    [['relay', '--join', 'a', '--join-file', 'b'], /exclude each other/],
    [['serve', 'token', '--expires', '24'], "--expires: '24' is not a duration. Did you mean 24s?"],
    [['serve', '--library-quota', 'much'], /^--library-quota: 'much' is not a size\. Write it as 64KiB/],
    [['push', ''], 'a PATH is empty: is a variable not set?'],
    [['serve', 'token', '--role', 'king'], /^--role is "king"/],
    [['completion', 'tcsh'], /^SHELL is "tcsh", but must be one of "bash"/],
  ])('%j is refused', async (args, message) => {
    const { shell, stdout } = sampleShell()
    const refusal = await runProgram(args, shell).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TreecastError)
    expect((refusal as TreecastError).message).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    )
    expect(stdout()).toBe('')
  })
})

test('the command of a command line is found among its words', () => {
  expect(commandOf(['--home', '/x', 'push', 'a'])).toBe('push')
  expect(commandOf(['serve', 'token'])).toBe('serve token')
  expect(commandOf(['serve', '--listen', ':0'])).toBe('serve')
  expect(commandOf(['--help'])).toBe('')
})

describe('the line on stderr', () => {
  const told = (error: unknown, args: string[], environment = {}) => {
    const { shell, stderr } = sampleShell({ environment })
    tellError(error, args, shell)
    return stderr()
  }

  test('names the command and escapes what a peer said', () => {
    const error = new TreecastError('E_NOT_AUTHORISED', 'go\x1b[2J away')
    expect(told(error, ['push', 'x'])).toBe('treecast push: go\\u{1b}[2J away\n')
    expect(told(error, [])).toMatch(/^treecast: /)
  })

  test('calls a bug a bug', () => {
    expect(told(new TypeError('x is undefined'), ['rank'])).toBe(
      'treecast rank: x is undefined (an internal error; --log-level debug shows where)\n',
    )
  })

  test('shows where it came from only when asked to', () => {
    const error = new TreecastError('E_X', 'outer', { cause: new Error('inner') })
    expect(told(error, ['rank']).split('\n')).toHaveLength(2)
    expect(told(error, ['rank', '--log-level', 'debug'])).toMatch(
      /E_X TreecastError: outer\n.*caused by E_INTERNAL Error: inner/s,
    )
    expect(told(error, ['rank'], { TREECAST_LOG_LEVEL: 'debug' })).toContain('inner')
  })
})
