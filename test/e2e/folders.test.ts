/** Folders, links and several PATHs, pushed to four terminals, two under each. */

import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { contentPieces } from '../support/test-content.ts'
import { startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const NAMES = ['web1', 'web2', 'web3', 'web4']

const endWith = endAfterAll()
let network: TreecastNetwork
beforeAll(async () => {
  network = await startNetwork({ terminals: NAMES, serveArgs: ['--fanout', '2'], endWith })
})

/** Everything that a copy must have. */
function describeTree(path: string): unknown {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return { link: readlinkSync(path) }
  const facts = { mode: stat.mode & 0o7777, modifiedMs: Math.round(stat.mtimeMs) }
  if (stat.isFile()) return { ...facts, bytes: readFileSync(path).toString('latin1') }
  return { ...facts, in: Object.fromEntries(readdirSync(path).map((name) => [name, describeTree(join(path, name))])) }
}

/** A folder with files that hold `text`, in a temporary one. */
function folderOf(name: string, files: readonly string[], text = ''): string {
  const top = join(temporaryFolder(), name)
  mkdirSync(top)
  for (const file of files) {
    mkdirSync(dirname(join(top, file)), { recursive: true })
    writeFileSync(join(top, file), `${file} ${text}`)
  }
  return top
}

function expectCopies(of: string, destination: string): void {
  for (const name of NAMES) expect(describeTree(network.inbox(name, destination)), name).toEqual(describeTree(of))
}

describe('a push of a folder', () => {
  test('gives every terminal the same files, folders and links', async () => {
    const top = folderOf('site', ['index.html', 'a/b/c.txt', 'ünï 世界/👩\u200d💻', 'Some::Module.3pm', '-rf', ' x'])
    mkdirSync(join(top, 'empty/er'), { recursive: true })
    writeFileSync(join(top, 'zero'), '')
    writeFileSync(join(top, 'a/large'), Buffer.concat([...contentPieces(3_000_000)]))
    for (let k = 0; k < 300; k++) writeFileSync(join(top, 'empty', `small${k}`), String(k).repeat(k))
    symlinkSync('../index.html', join(top, 'a/link'))
    symlinkSync('nowhere', join(top, 'dangling'))
    chmodSync(join(top, 'zero'), 0o600)
    chmodSync(join(top, 'a/large'), 0o755)
    chmodSync(join(top, 'a/b'), 0o550)
    for (const path of ['zero', 'empty/er', 'a/b', 'a', '.']) utimesSync(join(top, path), 1_600_000_000, 1_600_000_000)

    const { code, result } = await network.push(top)
    expect({ code, delivered: result.delivered }).toEqual({ code: 0, delivered: 4 })
    expectCopies(top, 'site')
    for (const name of NAMES) expect(network.staged(name), name).toEqual([])
  })

  test('tells the bytes of its files, and how many entries there are', async () => {
    const top = folderOf('counted', ['a', 'b/c'])
    const { stdout } = await network.run(['push', top, '--json'])
    const documents = stdout.trimEnd().split('\n')
    expect(JSON.parse(documents[0] ?? '')).toMatchObject({
      name: 'counted',
      destination: 'counted',
      bytes: 6,
      entries: 4,
    })
    expect(JSON.parse(documents.at(-1) ?? '')).toMatchObject({ state: 'complete', bytes: 6, entries: 4 })
    const planned = await network.run(['push', top, '--dry-run'])
    expect(planned.stdout).toContain('4 entries')
  })

  test('of nothing makes an empty folder', async () => {
    const top = folderOf('nothing', [])
    expect((await network.push(top)).code).toBe(0)
    expectCopies(top, 'nothing')
  })

  test('has holes where a large file has nothing but zeros', async () => {
    const top = folderOf('sparse', ['image'])
    truncateSync(join(top, 'image'), 20_000_000)
    expect((await network.push(top)).code).toBe(0)
    expectCopies(top, 'sparse')
    for (const name of NAMES) expect(statSync(network.inbox(name, 'sparse/image')).blocks * 512).toBeLessThan(1_000_000)
  })

  test('replaces it as a whole: a reader sees the old one or the new one, never both', async () => {
    const names = Array.from({ length: 60 }, (_, k) => `f${k}`)
    const versions = ['one', 'two'].map((version) => folderOf('live', [...names, version], version))
    expect((await network.push(versions[0] as string)).code).toBe(0)
    const inbox = network.inbox('web1', 'live')
    let looking = true
    const seen = new Set<string>()
    const look = async () => {
      while (looking) {
        seen.add(seenIn(inbox))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const looks = look()
    for (const version of [1, 0, 1]) expect((await network.push(versions[version] as string)).code).toBe(0)
    looking = false
    await looks
    expect([...seen].filter((what) => what !== 'one' && what !== 'two' && what !== 'between')).toEqual([])
    expectCopies(versions[1] as string, 'live')
  })

  test('does not replace a file, nor a file it, but with --force', async () => {
    const top = folderOf('kind', ['x'])
    const file = join(temporaryFolder(), 'kind')
    writeFileSync(file, 'a file')
    expect((await network.push(top)).code).toBe(0)
    const refused = await network.push(file)
    expect(refused.code).toBe(4)
    expect(refused.result.targets[0]?.error?.message).toMatch(/kind is a folder there and the content a file/)
    expect((await network.push(file, '--force')).code).toBe(0)
    expect((await network.push(top)).code).toBe(4)
    expect((await network.push(top, '--force')).code).toBe(0)
    expectCopies(top, 'kind')
  })

  test('reaches a terminal that was away, also after the main server was started again', async () => {
    await network.relay('web4').stop()
    const top = folderOf('missed', ['a', 'b/c'])
    const missed = await network.push(top)
    expect(missed.code).toBe(3)
    await network.serve.stop()
    await network.startServe()
    await network.startRelay('web4')
    await network.run(['status', String(missed.result.transfer), '--watch'])
    expectCopies(top, 'missed')
  })
})

/** What a reader finds: the one version that every file is of, or what is wrong. */
function seenIn(folder: string): string {
  let held: number | undefined
  try {
    held = openSync(folder, constants.O_DIRECTORY)
    // This very folder, whatever stands at its place by now.
    const here = `/proc/self/fd/${held}`
    const names = readdirSync(here)
    const found = new Set(names.map((name) => readFileSync(join(here, name), 'utf8').split(' ')[1]))
    return found.size === 1 ? String([...found][0]) : `a mixture of ${[...found].join(' and ')}`
  } catch (error) {
    // Nothing is there between the two renames, and the old one goes once the new one is recorded.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'between'
    throw error
  } finally {
    if (held !== undefined) closeSync(held)
  }
}

describe('a push of several PATHs', () => {
  test('lands them side by side, in the inbox or in the folder of --dest', async () => {
    const [site, data] = [folderOf('site2', ['x']), folderOf('data', ['y/z'])]
    const file = join(folderOf('files', ['notes.txt']), 'notes.txt')
    for (const [args, folder] of [
      [[], ''],
      [['--dest', 'in/side'], 'in/side/'],
    ] as const) {
      const { code, stdout } = await network.run(['push', site, data, file, ...args])
      expect({ code, told: stdout.includes('site2 and 2 more') }).toEqual({ code: 0, told: true })
      expectCopies(site, `${folder}site2`)
      expectCopies(data, `${folder}data`)
      expectCopies(file, `${folder}notes.txt`)
    }
    rmSync(join(site, 'x'))
    expect((await network.run(['push', site, data])).code).toBe(0)
    expectCopies(site, 'site2')
    expectCopies(file, 'notes.txt')
  })
})

describe('what is left out', () => {
  test('by --exclude and .treecastignore arrives nowhere', async () => {
    const top = folderOf('partly', ['a.js', 'a.map', 'node_modules/x', 'tmp/y', 'src/a.map', 'src/tmp/z'])
    writeFileSync(join(top, '.treecastignore'), '/tmp\n')
    expect((await network.run(['push', top, '--exclude', '*.map', '--exclude', 'node_modules'])).code).toBe(0)
    const found = readdirSync(network.inbox('web1', 'partly'), { recursive: true, encoding: 'utf8' }).sort()
    expect(found).toEqual(['.treecastignore', 'a.js', 'src', 'src/tmp', 'src/tmp/z'])
  })
})

describe('what no terminal would accept', () => {
  const hostile: [string, (top: string) => void, RegExp][] = [
    ['a device name', (top) => writeFileSync(join(top, 'nul.txt'), ''), /bad\/nul\.txt has the reserved device name/],
    ['a link that leads out', (top) => symlinkSync('../../etc', join(top, 'out')), /bad\/out is a link that leads out/],
    ['names that are one elsewhere', (top) => writeFileSync(join(top, 'OK'), ''), /is the same as/],
    ['a trailing dot', (top) => writeFileSync(join(top, 'dot.'), ''), /ends with a dot or space/],
  ]
  test.each(hostile)('%s ends the push with 2 before anything moves', async (_, make, message) => {
    const top = folderOf('bad', ['ok'])
    make(top)
    const { code, stderr } = await network.run(['push', top])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) })
    expect(existsSync(network.inbox('web1', 'bad'))).toBe(false)
  })
})
