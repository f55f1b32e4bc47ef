import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ContentSource, fileSource, streamSource } from '../../../src/client/content-source.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { contentPieces } from '../../support/test-content.ts'

async function sourceOf(path: string): Promise<ContentSource> {
  const source = await fileSource(path)
  onTestFinished(() => source.close())
  return source
}

async function readAll(source: ContentSource) {
  const chunks: Uint8Array[] = []
  for await (const chunk of source.chunks()) chunks.push(chunk)
  return { bytes: Buffer.concat(chunks), longest: Math.max(0, ...chunks.map((chunk) => chunk.length)) }
}

function newFile(content: string | Uint8Array = 'some bytes'): string {
  const path = join(temporaryFolder(), 'intro.mp4')
  writeFileSync(path, content, { mode: 0o750 })
  return path
}

describe('a file', () => {
  test('is described as it is', async () => {
    const path = newFile()
    utimesSync(path, 1_600_000_000, 1_600_000_000.25)
    expect(await sourceOf(path)).toMatchObject({
      name: 'intro.mp4',
      bytes: 10,
      mode: 0o750,
      modifiedMs: 1_600_000_000_250,
    })
  })

  test('is read in order, in chunks that fit one UPLOAD', async () => {
    const content = Buffer.concat([...contentPieces(3 * LIMITS.uploadChunkBytes + 17)])
    const { bytes, longest } = await readAll(await sourceOf(newFile(content)))
    expect(Buffer.compare(bytes, content)).toBe(0)
    expect(longest).toBe(LIMITS.uploadChunkBytes)
  })

  test('may be empty', async () => {
    const source = await sourceOf(newFile(''))
    expect([source.bytes, (await readAll(source)).bytes.length]).toEqual([0, 0])
  })

  test('may be named by a link', async () => {
    const path = newFile()
    const link = join(temporaryFolder(), 'link')
    symlinkSync(path, link)
    const source = await sourceOf(link)
    expect([source.name, (await readAll(source)).bytes.toString()]).toEqual(['link', 'some bytes'])
  })

  const changes: [string, (path: string) => void][] = [
    ['grows', (path) => appendFileSync(path, 'x')],
    ['shrinks', (path) => truncateSync(path, 3)],
    ['is emptied', (path) => truncateSync(path, 0)],
    [
      'is written to at the same length',
      (path) => {
        writeFileSync(path, 'other bits')
        utimesSync(path, 1, 1)
      },
    ],
  ]
  test.each(changes)('that %s after it was opened fails the push', async (_, change) => {
    const path = newFile()
    const source = await sourceOf(path)
    change(path)
    await expect(readAll(source)).rejects.toMatchObject({ code: 'E_PATH_CHANGED' })
  })

  test('that grows while it is read fails the push', async () => {
    const path = newFile(new Uint8Array(2 * LIMITS.uploadChunkBytes))
    const source = await sourceOf(path)
    const reading = source.chunks()[Symbol.asyncIterator]()
    await reading.next()
    appendFileSync(path, 'x')
    await reading.next()
    await expect(reading.next()).rejects.toMatchObject({ code: 'E_PATH_CHANGED' })
  })
})

describe('a path that is no file', () => {
  test('is told apart: missing, no regular file', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'sub'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    writeFileSync(join(folder, 'file'), '')
    await expect(fileSource(join(folder, 'none'))).rejects.toMatchObject({
      code: 'E_PATH_UNREADABLE',
      message: expect.stringContaining('does not exist'),
    })
    await expect(fileSource(join(folder, 'file/x'))).rejects.toMatchObject({ code: 'E_PATH_UNREADABLE' })
    await expect(fileSource(join(folder, 'sub'))).rejects.toMatchObject({ code: 'E_PATH_NOT_A_FILE' })
    await expect(fileSource(join(folder, 'pipe'))).rejects.toMatchObject({ code: 'E_PATH_NOT_A_FILE' })
  })
})

describe('a stream', () => {
  test('has no name and no size, and is cut into chunks that fit one UPLOAD', async () => {
    const pieces = [Buffer.alloc(LIMITS.uploadChunkBytes * 2 + 5, 1), Buffer.alloc(3, 2)]
    const source = streamSource(Readable.from(pieces), 'notes', 42)
    expect(source).toMatchObject({ name: '', bytes: undefined, modifiedMs: 42 })
    const { bytes, longest } = await readAll(source)
    expect(Buffer.compare(bytes, Buffer.concat(pieces))).toBe(0)
    expect(longest).toBe(LIMITS.uploadChunkBytes)
  })

  test('that cannot be read, such as a folder, is an unreadable path', async () => {
    const source = streamSource(Readable.from(failing()), 'notes', 42)
    await expect(readAll(source)).rejects.toMatchObject({
      code: 'E_PATH_UNREADABLE',
      message: 'standard input cannot be read (EISDIR)',
    })
  })
})

async function* failing() {
  yield Buffer.from('a')
  throw Object.assign(new Error('illegal operation on a directory'), { code: 'EISDIR' })
}
