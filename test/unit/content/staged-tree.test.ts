import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { treeSource } from '../../../src/client/tree-source.ts'
import { checkEntryList } from '../../../src/content/entry-list-check.ts'
import { openProvided } from '../../../src/content/provided-content.ts'
import { buildTree } from '../../../src/content/staged-tree.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { contentPieces } from '../../support/test-content.ts'

/** Scans `path`, writes its stream to a staged file, and makes the tree from that. @returns where the first top is */
async function copy(path: string, folder = temporaryFolder()): Promise<string> {
  const source = await treeSource({ paths: [path], destination: undefined, isLeftOut: () => false })
  const stream = await systemFiles.open(join(folder, 'stream'), 'create')
  let at = 0
  for await (const chunk of source.chunks()) {
    await stream.write(at, chunk)
    at += chunk.length
  }
  expect(at).toBe(source.bytes)
  const list = source.entryList
  if (list === null) throw new Error('a folder has an entry list')
  const entries = checkEntryList(await stream.read(0, list.bytes), list, at)
  await buildTree(systemFiles, { entries, stream, listBytes: list.bytes, folder: join(folder, 'tree') })
  await stream.close()
  return join(folder, 'tree', '0')
}

/** Everything in a folder that a copy must have. */
function describeTree(path: string): unknown {
  const stat = lstatSync(path)
  const facts = { mode: stat.mode & 0o7777, modifiedMs: Math.round(stat.mtimeMs) }
  if (stat.isSymbolicLink()) return { link: readlinkSync(path), modifiedMs: facts.modifiedMs }
  if (stat.isFile()) return { ...facts, bytes: readFileSync(path).toString('base64') }
  return { ...facts, in: Object.fromEntries(readdirSync(path).map((name) => [name, describeTree(join(path, name))])) }
}

function sampleTree(): string {
  const top = join(temporaryFolder(), 'site')
  mkdirSync(join(top, 'a/b/empty'), { recursive: true })
  for (const name of ['zero', 'ünï 世界', '👩\u200d💻', 'File::Spec', '-rf'])
    writeFileSync(join(top, name), name === 'zero' ? '' : name)
  for (let k = 0; k < 40; k++) writeFileSync(join(top, 'a', `small${k}`), `content ${k}`.repeat(k))
  writeFileSync(join(top, 'a/large'), Buffer.concat([...contentPieces(3_000_001)]))
  symlinkSync('../zero', join(top, 'a/up'))
  symlinkSync('nowhere', join(top, 'a/b/dangling'))
  lutimesSync(join(top, 'a/up'), 1_500_000_000, 1_500_000_000)
  chmodSync(join(top, 'zero'), 0o400)
  chmodSync(join(top, 'a/large'), 0o751)
  for (const path of ['zero', 'a/b/empty', 'a/b', 'a', '.'])
    utimesSync(join(top, path), 1_600_000_000, 1_600_000_000.25)
  return top
}

describe('a tree made from its stream', () => {
  test('has the same files, folders and links, with their bytes, modes and times', async () => {
    const top = sampleTree()
    expect(describeTree(await copy(top))).toEqual(describeTree(top))
  })

  test('has folders that its owner may not change or not even look into', async () => {
    const top = join(temporaryFolder(), 'closed')
    mkdirSync(join(top, 'read-only'), { recursive: true })
    mkdirSync(join(top, 'shut'))
    for (const folder of ['read-only', 'shut']) writeFileSync(join(top, folder, 'x'), 'x')
    chmodSync(join(top, 'read-only'), 0o555)
    const made = await copy(top)
    expect(statSync(join(made, 'read-only')).mode & 0o777).toBe(0o555)
    // Nobody but root could push it in the first place.
    if (process.getuid?.() !== 0) return
    chmodSync(join(top, 'shut'), 0)
    expect(statSync(join(await copy(top), 'shut')).mode & 0o777).toBe(0)
  })

  test('has holes where a large file has none but zeros, holes there or not', async () => {
    const top = join(temporaryFolder(), 'zeros')
    mkdirSync(top)
    const zeros = Buffer.alloc(8_000_000)
    const written = { hole: 'start', zeros: Buffer.concat([Buffer.from('start'), zeros, Buffer.from('end')]) }
    for (const [name, bytes] of Object.entries(written)) writeFileSync(join(top, name), bytes)
    truncateSync(join(top, 'hole'), zeros.length)
    const made = await copy(top)
    for (const name of Object.keys(written)) {
      expect(Buffer.compare(readFileSync(join(made, name)), readFileSync(join(top, name)))).toBe(0)
      expect(statSync(join(made, name)).blocks * 512).toBeLessThan(1_000_000)
    }
  })

  test('has no holes in a small file', async () => {
    const top = join(temporaryFolder(), 'small')
    mkdirSync(top)
    writeFileSync(join(top, 'zeros'), new Uint8Array(100_000))
    expect(statSync(join(await copy(top), 'zeros')).blocks * 512).toBeGreaterThanOrEqual(100_000)
  })

  test('is described where it lands as it was where it came from, holes or not', async () => {
    const top = join(temporaryFolder(), 'sparse')
    mkdirSync(top)
    for (const [name, bytes] of Object.entries({ small: 100_000, large: 8_000_000 })) {
      writeFileSync(join(top, name), 'start')
      truncateSync(join(top, name), bytes)
    }
    const { entryList } = await treeSource({ paths: [top], destination: undefined, isLeftOut: () => false })
    const folder = temporaryFolder()
    await copy(top, folder)
    const provided = await openProvided(systemFiles, { folder, parts: ['tree', '0'] }, 'sparse')
    expect(provided.entryList).toEqual(entryList)
    await provided.stream.close()
  })

  test('takes nothing over from an earlier attempt, and follows no link in its place', async () => {
    const folder = temporaryFolder()
    const outside = temporaryFolder()
    mkdirSync(join(folder, 'tree/0/old'), { recursive: true })
    symlinkSync(outside, join(folder, 'tree/0/a'))
    const top = sampleTree()
    expect(describeTree(await copy(top, folder))).toEqual(describeTree(top))
    expect(readdirSync(outside)).toEqual([])
  })

  test('is all there when the power fails right after it was made', async () => {
    const files = createMemoryFiles()
    for (const path of ['/staging/1.tree']) await files.makeFolder(path, 0o700)
    for (const path of ['/', '/staging']) await files.syncFolder(path)
    const stream = await files.open('/staging/1.part', 'create')
    await stream.write(0, Buffer.from('..abcdef'))
    const facts = { mode: 0o640, modifiedMs: 5 }
    const entries = [
      { kind: 'folder' as const, name: 'top', in: -1, ...facts, mode: 0o750 },
      { kind: 'file' as const, name: 'x', in: 0, bytes: 4, ...facts },
      { kind: 'link' as const, name: 'l', in: 0, target: 'x', ...facts },
      { kind: 'file' as const, name: 'y', in: 0, bytes: 2, ...facts },
    ]
    await buildTree(files, { entries, stream, listBytes: 2, folder: '/staging/1.tree' })
    await files.syncFolder('/staging')
    const after = files.crash()
    const read = async (path: string) => Buffer.from(await (await after.open(path, 'read')).read(0, 100)).toString()
    expect([await read('/staging/1.tree/0/x'), await read('/staging/1.tree/0/y')]).toEqual(['abcd', 'ef'])
    expect(await after.readLink('/staging/1.tree/0/l')).toBe('x')
    expect(await after.stat('/staging/1.tree/0/x')).toMatchObject(facts)
  })

  test('of more than a thousand entries is made durable, too', async () => {
    const top = join(temporaryFolder(), 'many')
    mkdirSync(top)
    for (let k = 0; k < 1100; k++) writeFileSync(join(top, `f${k}`), String(k))
    const made = await copy(top)
    expect(readdirSync(made)).toHaveLength(1100)
    expect(execFileSync('cat', [join(made, 'f1099')], { encoding: 'utf8' })).toBe('1099')
  })
})
