/** What a user gets who asks for something impossible: one line on stderr with the reason, and the exit code of its kind. */

import { chmodSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'
import { runTreecast } from '../support/treecast-process.ts'

const endWith = endAfterAll()
let network: TreecastNetwork
let folder: string
beforeAll(async () => {
  network = await startNetwork({ terminals: ['web1'], endWith })
  folder = temporaryFolder({ endWith })
  writeFileSync(join(folder, 'file'), 'content')
  mkdirSync(join(folder, 'folder'))
  mkdirSync(join(folder, 'hostile'))
  writeFileSync(join(folder, 'hostile/aux.txt'), '')
  symlinkSync('nowhere', join(folder, 'dangling'))
  writeFileSync(join(folder, 'broken.json'), '{"quiet":')
  writeFileSync(join(folder, 'unknown.json'), '{"colour":"red"}')
})

/** Runs `treecast ARGS`, words split at spaces, in the folder that holds `file`. */
const run = (args: string, env: Readonly<Record<string, string>> = {}) =>
  network.run(args === '' ? [] : args.split(' '), { folder, env })

describe('treecast', () => {
  test('--version tells its version', async () => {
    expect(await run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^treecast \d+\.\d+\.\d+\n$/),
    })
  })

  test.each([
    '--help',
    'serve --help',
    'serve token --help',
    'relay --help',
    'push --help',
    'rank --help',
    'status --help',
  ])('%s tells the options on stdout', async (args) => {
    const { code, stdout, stderr } = await run(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('--log-level')
  })

  test('completion prints a script that a shell takes', async () => {
    const { code, stdout } = await run('completion')
    expect(code).toBe(0)
    expect(stdout).toContain('treecast')
    const checked = await runTreecast({ args: ['-n'], executable: '/bin/bash', input: stdout })
    expect(checked).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('wrong usage ends with 2 and one line that says what to change:', () => {
  test.each([
    ['', /say what to do: serve, relay, push, rank or status/],
    ['pusj file', /Did you mean push\?/],
    ['throw file', /'throw'/],
    ['push', /say what to push: treecast push PATH, or - for standard input/],
    ['push file --colour', /unknown 'colour'/],
    ['push file --qiet', /unknown 'qiet'\. Did you mean --quiet\?/],
    ['push file -quiet', /unknown '-quiet'\. Did you mean --quiet\?/],
    ['push file --to wbe1', /no terminal named 'wbe1'\. Did you mean web1\?/],
    ['push file --to web[2-9]', /no terminal has a name that matches 'web\[2-9\]'/],
    ['push file --to role=web', /no terminal has the label 'role=web'/],
    ['push file --deadline 10', /'10' is not a duration\. Did you mean 10s\?/],
    ['push file --exclusive ../x', /--exclusive is '\.\.\/x'/],
    [
      'serve --home other --listen 192.0.2.1:7717',
      /This machine does not have that address: choose another with --listen/,
    ],
    ['relay --label role', /--label is 'role', but must be KEY=VALUE/],
    ['push --colour file', /unknown 'colour'/],
    ['push --quiet', /say what to push/],
    ['push file nowhere', /nowhere does not exist/],
    ['push nothing', /nothing does not exist/],
    ['push dangling', /dangling does not exist/],
    ['push file/below', /file\/below does not exist/],
    ['push /', /\/ has no last name: say where it lands with --dest/],
    ['push /dev/zero', /\/dev\/zero is no file or folder/],
    ['push file - --dest a', /standard input is pushed alone/],
    ['push hostile', /hostile\/aux\.txt has the reserved device name 'aux\.txt': .*--exclude 'aux\.txt'/],
    ['push -', /standard input has no name: .*--dest/],
    ['push - --dest a --join -', /--join - and PATH - both read standard input/],
    ['push file --to nobody', /no terminal named 'nobody': `treecast rank` lists them/],
    ['push file --to web1,nobody', /no terminal named 'nobody'/],
    ['push file --to !web1', /selector '!web1' matches no terminal/],
    ['push file --to all,!all', /selector 'all,!all' matches no terminal/],
    ['push file --to web1,,web1', /empty part/],
    ['push file --to ', /--to is empty/],
    ['push file --dest ../up', /destination '\.\.\/up' has the part '\.\.'/],
    ['push file --dest a/../../up', /has the part '\.\.'/],
    ['push file --dest /etc/passwd', /destination '\/etc\/passwd' is absolute/],
    ['push file --dest a/', /has an empty part/],
    ['push file --dest a\\b', /has a \/ or \\ in a name/],
    ['push file --dest ', /--dest is empty/],
    ['push file --packet-size big', /'big' is not a size/],
    ['push file --packet-size 64k', /Did you mean 64KiB\?/],
    ['push file --packet-size 4095', /--packet-size is '4095', but must be from 4KiB to 1MiB/],
    ['push file --packet-size 2MiB', /--packet-size is '2MiB', but must be from/],
    ['push file --relay-after -1', /'-1' is not a size/],
    ['push file --fanout 0', /--fanout is '0', but must be a whole number from 1 to 64/],
    ['push file --fanout 65', /--fanout is '65'/],
    ['push file --compress gzip', /--compress is "gzip", but must be one of/],
    ['push file --cipher rot13', /--cipher is "rot13", but must be one of/],
    ['push file --server nowhere', /--server is 'nowhere', which is not an address\. Did you mean nowhere:7717\?/],
    ['push file --server 127.0.0.1:0', /no machine can dial/],
    ['push file --config nothing.json', /the settings file nothing\.json does not exist: check --config/],
    ['push file --config broken.json', /broken\.json: it is not JSON/],
    ['push file --config unknown.json', /unknown\.json: there is no option 'colour'/],
    ['rank nobody', /no terminal named 'nobody'/],
    ['rank --by beauty', /--by is "beauty", but must be one of/],
    ['status x', /TRANSFER is 'x'/],
    ['status --watch', /--watch follows one transfer/],
    ['serve token --role boss', /--role is "boss", but must be one of/],
    ['serve token --uses 0', /--uses is '0'/],
    ['serve token --expires 5', /'5' is not a duration\. Did you mean 5s\?/],
    ['serve token --expires 0', /--expires is 0: such a token could never be used/],
    ['serve --listen 127.0.0.1:99999', /--listen is '127\.0\.0\.1:99999', which is not an address\. Write HOST:PORT/],
    ['serve --fanout many', /--fanout is 'many'/],
    ['serve surplus', /'surplus'/],
    ['relay --join a --join-file b', /--join and --join-file exclude each other/],
    ['relay --join-file nothing', /the file of the join token nothing does not exist: check --join-file/],
    ['relay --advertise 0.0.0.0:7717', /--advertise is '0\.0\.0\.0:7717', which no machine can dial/],
    ['relay --inbox file', /the inbox .*file is not a folder: name another with --inbox/],
    ['relay --inbox file/below', /file\/below cannot be made \(ENOTDIR\): name another with --inbox/],
    ['rank --home file/below', /file\/below\/operator cannot be made \(ENOTDIR\).*--home/],
  ])('treecast %s', async (args, reason) => {
    const { code, stdout, stderr } = await run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^treecast[^\n]*\n$/)
    expect(stderr).toMatch(reason)
  })

  test('a wrong value in the environment is told with the name of its variable', async () => {
    const { code, stderr } = await run('push file', { TREECAST_FANOUT: 'x', TREECAST_QUIET: 'perhaps' })
    expect(code).toBe(2)
    expect(stderr).toBe("treecast push: TREECAST_QUIET is 'perhaps', but must be true or false\n")
  })

  test('with --json the reason is the result, too', async () => {
    for (const args of [
      'push nothing --json',
      'push --json',
      'push file --json --to nobody',
      'push --cancel x --json',
    ]) {
      const { code, stdout, stderr } = await run(args)
      expect(code).toBe(2)
      const { type, state, transfer, error } = lastDocument(stdout)
      expect({ type, state, transfer }).toEqual({ type: 'result', state: 'failed', transfer: null })
      expect(stderr).toBe(`treecast push: ${error?.message}\n`)
    }
  })

  test('an address that is in use is told as that', async () => {
    const { code, stderr } = await network.run(['serve', '--home', temporaryFolder(), '--listen', network.address])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `treecast serve: another process listens on ${network.address} already. Stop it, or choose another port.\n`,
    })
  })

  test('a terminal that cannot listen says so before it spends its token', async () => {
    const token = await network.token()
    const home = temporaryFolder()
    const args = ['relay', '--home', home, '--join', token, '--name', 'web2', '--listen']
    const { code, stderr } = await network.run([...args, network.address])
    expect(code).toBe(2)
    expect(stderr).toContain(`another process listens on ${network.address} already`)
    const { terminals } = JSON.parse((await run('rank --json')).stdout)
    expect(terminals).toHaveLength(1)
  })

  test.each([
    ['folder', 'serve', 0o755, 'chmod 700'],
    ['database', 'serve/network.db', 0o640, 'chmod 600'],
    ['key file', 'serve/identity.json', 0o604, 'chmod 600'],
  ])('a %s that others may open is refused with the command that closes it', async (_, path, mode, command) => {
    const home = temporaryFolder()
    cpSync(join(network.home, 'serve'), join(home, 'serve'), { recursive: true })
    const wide = join(home, path)
    chmodSync(wide, mode)
    const { code, stderr } = await network.run(['serve', 'token', '--home', home])
    expect(code).toBe(2)
    expect(stderr).toMatch(/other users of this machine may get at its secrets/)
    expect(stderr.trimEnd().endsWith(`Run: ${command} ${wide}`)).toBe(true)
  })
})

describe('a main server that cannot be reached', () => {
  test.each(['push file', 'rank', 'status'])('ends %s with 5 and says where it was looked for', async (command) => {
    const { code, stderr } = await run(`${command} --server 127.0.0.1:1`)
    expect(code).toBe(5)
    expect(stderr).toMatch(
      /the main server at 127\.0\.0\.1:1 cannot be reached .*: is `treecast serve` running there\?\n$/,
    )
  })
})

describe('who is not let in', () => {
  test('an operator that never enrolled ends with 6 and reads how to', async () => {
    const { code, stderr } = await run(`push file --home ${join(folder, 'new')}`)
    expect(code).toBe(6)
    expect(existsSync(join(folder, 'new'))).toBe(false)
    expect(stderr).toMatch(
      /no operator yet in .*new\/operator: .*`treecast serve token --role operator` and add --join TOKEN once\n$/,
    )
  })

  test('the operator of another main server ends with 6', async () => {
    const other = await startNetwork()
    const { code, stderr } = await other.run(['rank', '--server', network.address])
    expect(code).toBe(6)
    expect(stderr).toMatch(/^treecast rank: .*127\.0\.0\.1:\d+/)
  })
})

describe('the executable alone', () => {
  test('says what its temporary folder has to be', async () => {
    const { code, stderr } = await run('serve token --home new', { TMPDIR: '/nowhere' })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^treecast serve token: .* temporary folder \/nowhere, .* name another with TMPDIR\n$/)
  })

  test('works in an empty folder with an empty environment', async () => {
    const alone = temporaryFolder()
    cpSync(resolve(import.meta.dirname, '../../dist/treecast'), join(alone, 'treecast'))
    const run = (...args: string[]) =>
      runTreecast({ args, executable: join(alone, 'treecast'), folder: alone, command: ['env', '-i'] })
    expect(await run('--version')).toMatchObject({ code: 0, stderr: '' })
    const home = join(alone, 'home')
    const token = await run('serve', 'token', '--home', home)
    expect(token).toMatchObject({ code: 0, stdout: expect.stringMatching(/^tcj1_\S+\n$/) })
    expect(token.stderr).toContain(`no main server has run in ${home} yet`)
    const rank = await run('rank', '--home', home)
    expect(rank.code).toBe(6)
  })
})
