import { describe, expect, test } from 'vitest'
import { createMemoryFiles, type MemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { filesSuite } from './files-suite.ts'

filesSuite('files in memory', async () => {
  const files = createMemoryFiles()
  await files.makeFolder('/work', 0o700)
  return { files, folder: '/work', plantLink: async (target, path) => files.plantLink(target, path) }
})

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed)
const bytes = (text: string) => new Uint8Array(Buffer.from(text))

async function read(files: MemoryFiles, path: string): Promise<string | undefined> {
  if (!(await files.stat(path))) return undefined
  const file = await files.open(path, 'read')
  return Buffer.from(await file.read(0, 100_000)).toString('latin1')
}

/** What a power cut left, for many seeds, each told once. */
async function outcomes(
  prepare: (files: MemoryFiles) => Promise<void>,
  look: (survived: MemoryFiles) => Promise<string | undefined>,
): Promise<(string | undefined)[]> {
  const seen = new Set<string | undefined>()
  for (const seed of SEEDS) {
    const files = createMemoryFiles({ random: seededRandom(seed) })
    await files.makeFolder('/d', 0o700)
    await files.syncFolder('/')
    await prepare(files)
    seen.add(await look(files.crash()))
  }
  return [...seen].sort()
}

/** A file whose name and first bytes are safe. */
async function safeFile(files: MemoryFiles, path: string, text: string) {
  const file = await files.open(path, 'create')
  await file.write(0, bytes(text))
  await file.sync()
  await files.syncFolder('/d')
  return file
}

describe('a power cut', () => {
  test('takes no byte that was synced and no name whose folder was synced', async () => {
    const left = await outcomes(
      async (files) => void (await safeFile(files, '/d/a', 'safe')),
      (survived) => read(survived, '/d/a'),
    )
    expect(left).toEqual(['safe'])
  })

  test('keeps or loses each write that was not synced, whatever it does to the others', async () => {
    const left = await outcomes(
      async (files) => {
        const file = await safeFile(files, '/d/a', '....')
        await file.write(0, bytes('A'))
        await file.write(3, bytes('B'))
      },
      (survived) => read(survived, '/d/a'),
    )
    expect(left).toEqual(['...B', '....', 'A..B', 'A...'].sort())
  })

  test('may tear a write, at a sector', async () => {
    const left = await outcomes(
      async (files) => {
        const file = await safeFile(files, '/d/a', '')
        await file.write(0, new Uint8Array(1200).fill(0x78))
      },
      async (survived) => String((await read(survived, '/d/a'))?.length),
    )
    expect(left).toEqual(['0', '1024', '1200', '512'])
  })

  test('leaves zeros where an earlier write was lost before a later one', async () => {
    const left = await outcomes(
      async (files) => {
        const file = await safeFile(files, '/d/a', '')
        await file.write(0, bytes('A'))
        await file.write(1, bytes('B'))
      },
      (survived) => read(survived, '/d/a'),
    )
    expect(left).toEqual(['', '\0B', 'A', 'AB'])
  })

  test('may undo a truncation, bringing back what it cut', async () => {
    const left = await outcomes(
      async (files) => {
        const file = await safeFile(files, '/d/a', 'abcd')
        await file.truncate(1)
      },
      (survived) => read(survived, '/d/a'),
    )
    expect(left).toEqual(['a', 'abcd'])
  })

  test('does not make writes safe by a later sync when the sync right after them failed', async () => {
    const left = await outcomes(
      async (files) => {
        const file = await safeFile(files, '/d/a', '.')
        await file.write(0, bytes('A'))
        files.failNext('sync', 'EIO')
        await expect(file.syncData()).rejects.toMatchObject({ code: 'EIO' })
        await file.syncData()
      },
      (survived) => read(survived, '/d/a'),
    )
    expect(left).toEqual(['.', 'A'])
  })

  test('may take back mode and time that only syncData has covered', async () => {
    const left = await outcomes(
      async (files) => {
        const file = await safeFile(files, '/d/a', '')
        await file.setMode(0o644)
        await file.syncData()
      },
      async (survived) => (await survived.stat('/d/a'))?.mode.toString(8),
    )
    expect(left).toEqual(['600', '644'])
  })

  test('may take a new file whose folder was not synced, with all its synced bytes', async () => {
    const left = await outcomes(
      async (files) => {
        const file = await files.open('/d/a', 'create')
        await file.write(0, bytes('A'))
        await file.sync()
      },
      (survived) => read(survived, '/d/a'),
    )
    expect(left).toEqual(['A', undefined])
  })

  test('undoes a rename wholly or not at all: the name always holds the old or the new file', async () => {
    const left = await outcomes(
      async (files) => {
        await safeFile(files, '/d/a', 'old')
        await safeFile(files, '/d/b', 'new')
        await files.rename('/d/b', '/d/a')
      },
      async (survived) => `${await read(survived, '/d/a')} ${await read(survived, '/d/b')}`,
    )
    expect(left).toEqual(['new undefined', 'old new'])
  })

  test('never keeps a rename without the creation it rests on', async () => {
    const left = await outcomes(
      async (files) => {
        await files.open('/d/a', 'create')
        await files.rename('/d/a', '/d/b')
      },
      async (survived) => (await survived.list('/d')).join(),
    )
    expect(left).toEqual(['', 'a', 'b'])
  })

  test('takes no rename between folders once either of them was synced', async () => {
    const left = await outcomes(
      async (files) => {
        await files.makeFolder('/e', 0o700)
        await files.syncFolder('/')
        await files.open('/d/a', 'create')
        await files.rename('/d/a', '/e/a')
        await files.syncFolder('/e')
      },
      async (survived) => `${await survived.list('/d')} ${await survived.list('/e')}`,
    )
    expect(left).toEqual([' a'])
  })

  test('may bring back what was removed, any part of a tree', async () => {
    const left = await outcomes(
      async (files) => {
        await safeFile(files, '/d/a', '')
        await safeFile(files, '/d/b', '')
        await files.removeTree('/d')
      },
      async (survived) => ((await survived.stat('/d')) ? (await survived.list('/d')).sort().join() : undefined),
    )
    expect(left).toEqual(['', 'a', 'a,b', 'b', undefined])
  })

  test('is the same for the same seed', async () => {
    const run = async () => {
      const files = createMemoryFiles({ random: seededRandom(7) })
      for (let k = 0; k < 30; k += 1) await (await files.open(`/${k}`, 'create')).write(0, bytes('x'))
      const survived = files.crash()
      return Promise.all((await survived.list('/')).map(async (name) => [name, await read(survived, `/${name}`)]))
    }
    expect(await run()).toEqual(await run())
  })
})

describe('the end of a process', () => {
  test('keeps what was not synced when the machine goes on, and a later power cut may still take it', async () => {
    const files = createMemoryFiles({ random: seededRandom(1) })
    await (await files.open('/a', 'create')).write(0, bytes('x'))
    const next = files.kill()
    expect(await read(next, '/a')).toBe('x')
    const names = new Set<string>()
    for (const seed of SEEDS) {
      const again = createMemoryFiles({ random: seededRandom(seed) })
      await again.open('/a', 'create')
      names.add((await again.kill().crash().list('/')).join())
    }
    expect([...names].sort()).toEqual(['', 'a'])
  })

  test('silences the old process: its calls never answer and change nothing', async () => {
    const files = createMemoryFiles()
    const file = await files.open('/a', 'create')
    const next = files.kill()
    let answered = false
    const note = () => {
      answered = true
    }
    file.write(0, bytes('ghost')).then(note, note)
    files.remove('/a').then(note, note)
    expect(await read(next, '/a')).toBe('')
    expect(answered).toBe(false)
  })
})

describe('faults', () => {
  test('a full disk refuses what does not fit and nothing else, and says how much is free', async () => {
    const files = createMemoryFiles({ capacityBytes: 10 })
    const file = await files.open('/a', 'create')
    await file.write(0, bytes('12345678'))
    expect(await files.freeBytes('/')).toBe(2)
    await expect(file.write(8, bytes('abc'))).rejects.toMatchObject({ code: 'ENOSPC' })
    await expect(file.truncate(11)).rejects.toMatchObject({ code: 'ENOSPC' })
    await file.write(0, bytes('XY'))
    await file.write(8, bytes('ab'))
    expect(await read(files, '/a')).toBe('XY345678ab')
    await files.remove('/a')
    expect(await files.freeBytes('/')).toBe(10)
    files.setCapacity(5)
    expect(await files.freeBytes('/')).toBe(5)
  })

  test('an ordered failure hits the next call of its kind, once, and does nothing', async () => {
    const files = createMemoryFiles()
    const file = await files.open('/a', 'create')
    files.failNext('write', 'EIO')
    files.failNext('write', 'ENOSPC')
    files.failNext('rename', 'EIO')
    await expect(file.write(0, bytes('1'))).rejects.toMatchObject({ code: 'EIO' })
    await expect(file.write(0, bytes('2'))).rejects.toMatchObject({ code: 'ENOSPC' })
    await expect(files.rename('/a', '/b')).rejects.toMatchObject({ code: 'EIO' })
    await file.write(0, bytes('3'))
    expect(await read(files, '/a')).toBe('3')
    expect(await files.list('/')).toEqual(['a'])
  })
})
