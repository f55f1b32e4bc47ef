import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ContentSource } from '../../../src/client/content-source.ts'
import { leftOutByGlobs } from '../../../src/client/left-out.ts'
import { treeSource } from '../../../src/client/tree-source.ts'
import { pathOf } from '../../../src/content/entries.ts'
import { decodeEntryList } from '../../../src/content/entry-list-codec.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A folder `site` with files that hold their own paths. */
function tree(...paths: readonly string[]): string {
  const top = join(temporaryFolder(), 'site')
  mkdirSync(top)
  for (const path of paths) {
    mkdirSync(dirname(join(top, path)), { recursive: true })
    if (path.endsWith('/')) mkdirSync(join(top, path), { recursive: true })
    else writeFileSync(join(top, path), path)
  }
  return top
}

const push = (paths: readonly string[], wish: { destination?: string; exclude?: string[] } = {}) =>
  treeSource({ paths, destination: wish.destination, isLeftOut: leftOutByGlobs(wish.exclude ?? []) })

async function read(source: ContentSource) {
  const chunks: Uint8Array[] = []
  for await (const chunk of source.chunks()) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const listBytes = source.entryList?.bytes ?? 0
  const entries = decodeEntryList(bytes.subarray(0, listBytes))
  return {
    chunks,
    entries,
    paths: entries.map((_, k) => pathOf(entries, k)),
    text: bytes.subarray(listBytes).toString(),
  }
}

describe('a push of a folder', () => {
  test('lists it in a fixed order and sends its files in that order', async () => {
    const source = await push([tree('b', 'a/z', 'a/y', 'c/')])
    expect(source).toMatchObject({ name: 'site', destination: 'site' })
    expect(source.entryList).toMatchObject({ entries: 6, tops: [{ destination: 'site', kind: 'folder' }] })
    const { paths, text } = await read(source)
    expect(paths).toEqual(['site', 'site/a', 'site/a/y', 'site/a/z', 'site/b', 'site/c'])
    expect(text).toBe('a/ya/zb')
  })

  test('lands where --dest says, under that name', async () => {
    const source = await push([`${tree('x')}//`], { destination: 'www/live' })
    expect(source).toMatchObject({ name: 'site', destination: 'www/live' })
    expect(source.entryList?.tops).toEqual([{ destination: 'www/live', kind: 'folder' }])
    expect((await read(source)).paths).toEqual(['live', 'live/x'])
  })

  test('follows a link on the command line and sends those below it as links', async () => {
    const top = tree('x', 'sub/')
    symlinkSync('../x', join(top, 'sub/l'))
    const link = join(temporaryFolder(), 'current')
    symlinkSync(top, link)
    const { paths, entries } = await read(await push([link]))
    expect(paths).toEqual(['current', 'current/sub', 'current/sub/l', 'current/x'])
    expect(entries[2]).toMatchObject({ kind: 'link', target: '../x' })
  })

  test('puts small files together: as many chunks as the bytes need', async () => {
    const top = tree()
    for (let k = 0; k < 600; k++) writeFileSync(join(top, `f${k}`), 'x'.repeat(1000))
    const { chunks, text } = await read(await push([top]))
    expect(text.length).toBe(600_000)
    expect(chunks.length).toBeLessThan(6)
    for (const { length } of chunks) expect(length).toBeLessThanOrEqual(LIMITS.uploadChunkBytes)
  })
})

describe('a push of several PATHs', () => {
  test('lands them side by side, files and folders, under their own names', async () => {
    const top = tree('a/x', 'b')
    const source = await push([join(top, 'a'), join(top, 'b')])
    expect(source).toMatchObject({ name: 'a and 1 more', destination: '.' })
    expect(source.entryList?.tops).toEqual([
      { destination: 'a', kind: 'folder' },
      { destination: 'b', kind: 'file' },
    ])
    const elsewhere = await push([join(top, 'a'), join(top, 'b')], { destination: 'in/side' })
    expect(elsewhere.entryList?.tops.map(({ destination }) => destination)).toEqual(['in/side/a', 'in/side/b'])
    expect((await read(elsewhere)).paths).toEqual(['a', 'a/x', 'b'])
  })

  test('of one last name is refused', async () => {
    const [one, other] = [tree('x'), tree('x')]
    await expect(push([one, other])).rejects.toMatchObject({
      code: 'E_PATH_REFUSED',
      message: expect.stringContaining('site is there twice'),
    })
  })
})

describe('what is left out', () => {
  const all = ['a.o', 'a.c', 'sub/b.o', 'sub/c.o/x', 'tmp/x', 'sub/tmp/y', 'sub/keep']
  const pushed = async (exclude: string[], top = tree(...all)) => {
    const { paths } = await read(await push([top], { exclude }))
    return paths.slice(1).map((path) => path.slice('site/'.length))
  }

  test('is what a GLOB without a slash matches, at any depth, with all that is in it', async () => {
    expect(await pushed(['*.o', 'tmp'])).toEqual(['a.c', 'sub', 'sub/keep'])
  })

  test('is what a GLOB with a slash matches as a whole path', async () => {
    expect(await pushed(['sub/tmp', '/tmp', '*/b.o'])).toEqual([
      'a.c',
      'a.o',
      'sub',
      'sub/c.o',
      'sub/c.o/x',
      'sub/keep',
    ])
  })

  test('is a folder only for a GLOB that ends with a slash', async () => {
    expect(await pushed(['*.o/', 'sub/tmp/', 'tmp/'])).toEqual(['a.c', 'a.o', 'sub', 'sub/b.o', 'sub/keep'])
  })

  test('may begin with a dot', async () => {
    expect(await pushed(['*'], tree('.git/x', 'y'))).toEqual([])
  })

  test('is what .treecastignore says, for its folder and those below, the nearest one first', async () => {
    const top = tree(...all, 'sub/deep/d.o', 'sub/deep/tmp')
    writeFileSync(join(top, '.treecastignore'), '# objects\n*.o\n/tmp/\n.treecastignore\n')
    writeFileSync(join(top, 'sub/.treecastignore'), '!b.o\n/keep\ntmp/\n')
    expect(await pushed([], top)).toEqual(['a.c', 'sub', 'sub/b.o', 'sub/deep', 'sub/deep/tmp'])
  })

  test('may not be all there is', async () => {
    const [one, other] = [tree('x'), join(tree('y'), 'y')]
    await expect(push([one, other], { exclude: ['*'] })).rejects.toMatchObject({ code: 'E_PATH_EMPTY' })
  })
})

describe('before anything is sent', () => {
  test.each([
    ['a hostile name', 'sub/aux.txt', /site\/sub\/aux\.txt has the reserved device name.*--exclude 'sub\/aux\.txt'/],
    ['a control character', 'sub/a\u0007b', /site\/sub\/a\\u\{7\}b has a control/],
  ])('%s is refused by its path', async (_, path, message) => {
    await expect(push([tree('ok', path)])).rejects.toMatchObject({
      code: 'E_PATH_REFUSED',
      message: expect.stringMatching(message),
    })
  })

  test('a name that is not UTF-8 is refused, and one that is left out is not', async () => {
    const top = tree('ok')
    writeFileSync(Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0x61, 0xff])]), '')
    await expect(push([top])).rejects.toMatchObject({
      code: 'E_PATH_REFUSED',
      message: expect.stringMatching(/not UTF-8: .*--exclude 'a\?'/),
    })
    expect((await push([top], { exclude: ['a?'] })).entryList?.entries).toBe(
      (await push([tree('ok')])).entryList?.entries,
    )
  })

  test('a link that leads out is refused, and one that is left out is not', async () => {
    const top = tree('ok')
    symlinkSync('../../etc', join(top, 'out'))
    await expect(push([top])).rejects.toMatchObject({
      message: expect.stringMatching(/site\/out .*leads out.*--exclude 'out'/),
    })
    expect((await push([top], { exclude: ['out'] })).entryList?.entries).toBe(2)
  })

  test('what is no file, folder or link is refused', async () => {
    const top = tree('ok')
    execFileSync('mkfifo', [join(top, 'pipe')])
    await expect(push([top])).rejects.toMatchObject({
      code: 'E_PATH_UNSUPPORTED',
      message: expect.stringContaining('pipe'),
    })
  })

  test('what this user may not read is named', async () => {
    if (process.getuid?.() === 0) return
    const top = tree('ok', 'sub/secret')
    chmodSync(join(top, 'sub/secret'), 0)
    await expect(push([top])).rejects.toMatchObject({
      code: 'E_PATH_UNREADABLE',
      message: expect.stringContaining('secret'),
    })
  })

  test('a PATH that is not there is named', async () => {
    await expect(push([tree('x'), '/none'])).rejects.toMatchObject({ message: '/none does not exist' })
  })
})

describe('a file that changes while it is read', () => {
  const LARGE = 'x'.repeat(200_000)
  const changes: [string, (path: string) => void][] = [
    ['grows', (path) => appendFileSync(path, 'more')],
    ['shrinks', (path) => writeFileSync(path, '')],
    ['is written to', (path) => utimesSync(path, 1, 1)],
    ['goes', (path) => rmSync(path)],
    [
      'becomes a link',
      (path) => {
        rmSync(path)
        symlinkSync('ok', path)
      },
    ],
  ]
  test.each(
    changes.flatMap(([what, change]) => [
      ['small', 'x', what, change] as const,
      ['large', LARGE, what, change] as const,
    ]),
  )('a %s one: %#', async (_size, content, _what, change) => {
    const top = tree('ok')
    writeFileSync(join(top, 'file'), content)
    const source = await push([top])
    change(join(top, 'file'))
    await expect(read(source)).rejects.toMatchObject({
      code: 'E_PATH_CHANGED',
      message: expect.stringMatching(/site\/file changed while it was read/),
    })
  })
})
