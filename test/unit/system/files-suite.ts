/** What every Files must do. Each implementation runs it in an empty folder of its own. */

import { describe, expect, test } from 'vitest'
import type { Files } from '../../../src/system/files.ts'

export interface FilesWorld {
  readonly files: Files
  /** An empty folder. */
  readonly folder: string
  plantLink(target: string, path: string): Promise<void>
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

async function put(files: Files, path: string, text: string): Promise<void> {
  const file = await files.open(path, 'create')
  await file.write(0, bytes(text))
  await file.close()
}

async function get(files: Files, path: string): Promise<string> {
  const file = await files.open(path, 'read')
  const content = await file.read(0, 10_000)
  await file.close()
  return Buffer.from(content).toString()
}

export function filesSuite(name: string, createWorld: () => Promise<FilesWorld>): void {
  describe(name, () => {
    test('what is written is read back, at any place, short only at the end', async () => {
      const { files, folder } = await createWorld()
      const file = await files.open(`${folder}/a`, 'create')
      await file.write(0, bytes('hello world'))
      await file.write(6, bytes('there'))
      await file.write(13, bytes('!'))
      expect(await file.read(0, 11)).toEqual(bytes('hello there'))
      expect(await file.read(11, 100)).toEqual(bytes('\0\0!'))
      expect(await file.read(14, 5)).toEqual(new Uint8Array(0))
      expect(await file.read(500, 5)).toEqual(new Uint8Array(0))
      await file.close()
    })

    test('a large write and read are whole', async () => {
      const { files, folder } = await createWorld()
      const content = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 31) & 0xff)
      const file = await files.open(`${folder}/a`, 'create')
      await file.write(5, content)
      expect(Buffer.compare(await file.read(5, content.length), content)).toBe(0)
      expect(await file.stat()).toMatchObject({ kind: 'file', bytes: content.length + 5 })
      await file.close()
    })

    test('create makes a private file and refuses one that is there', async () => {
      const { files, folder } = await createWorld()
      await put(files, `${folder}/a`, 'x')
      expect(await files.stat(`${folder}/a`)).toMatchObject({ kind: 'file', bytes: 1, mode: 0o600 })
      await expect(files.open(`${folder}/a`, 'create')).rejects.toMatchObject({ code: 'EEXIST' })
    })

    test('update writes to an existing file, read does not, and both need one', async () => {
      const { files, folder } = await createWorld()
      await put(files, `${folder}/a`, 'abc')
      const updated = await files.open(`${folder}/a`, 'update')
      await updated.write(1, bytes('X'))
      await updated.close()
      expect(await get(files, `${folder}/a`)).toBe('aXc')
      const reading = await files.open(`${folder}/a`, 'read')
      await expect(reading.write(0, bytes('no'))).rejects.toMatchObject({ code: 'EBADF' })
      await reading.close()
      for (const mode of ['read', 'update'] as const) {
        await expect(files.open(`${folder}/none`, mode)).rejects.toMatchObject({ code: 'ENOENT' })
      }
    })

    test('a link in the last part of a path is never followed', async () => {
      const { files, folder, plantLink } = await createWorld()
      await put(files, `${folder}/target`, 'secret')
      await files.makeFolder(`${folder}/place`, 0o700)
      await put(files, `${folder}/place/kept`, 'kept')
      await plantLink(`${folder}/target`, `${folder}/link`)
      await plantLink(`${folder}/place`, `${folder}/tolink`)
      await plantLink(`${folder}/nowhere`, `${folder}/dangling`)
      for (const mode of ['read', 'update'] as const) {
        await expect(files.open(`${folder}/link`, mode)).rejects.toMatchObject({ code: 'ELOOP' })
      }
      await expect(files.open(`${folder}/dangling`, 'create')).rejects.toMatchObject({ code: 'EEXIST' })
      await expect(files.list(`${folder}/tolink`)).rejects.toMatchObject({ code: 'ELOOP' })
      await expect(files.freeBytes(`${folder}/tolink`)).rejects.toMatchObject({ code: 'ELOOP' })
      await expect(files.syncFolder(`${folder}/tolink`)).rejects.toMatchObject({
        code: expect.stringMatching(/ELOOP|ENOTDIR/),
      })
      await expect(files.makeFolder(`${folder}/tolink`, 0o700)).rejects.toMatchObject({ code: 'EEXIST' })
      expect(await files.stat(`${folder}/link`)).toMatchObject({ kind: 'link' })
      await put(files, `${folder}/new`, 'new')
      await files.rename(`${folder}/new`, `${folder}/link`)
      await files.remove(`${folder}/dangling`)
      await files.removeTree(`${folder}/tolink`)
      expect(await get(files, `${folder}/link`)).toBe('new')
      expect(await get(files, `${folder}/target`)).toBe('secret')
      expect(await get(files, `${folder}/place/kept`)).toBe('kept')
      expect((await files.list(folder)).sort()).toEqual(['link', 'place', 'target'])
    })

    test('links before the last part are followed', async () => {
      const { files, folder, plantLink } = await createWorld()
      await files.makeFolder(`${folder}/place`, 0o700)
      await put(files, `${folder}/place/a`, 'x')
      await plantLink('place', `${folder}/through`)
      expect(await get(files, `${folder}/through/a`)).toBe('x')
      await plantLink('circle', `${folder}/circle`)
      await expect(files.open(`${folder}/circle/a`, 'read')).rejects.toMatchObject({ code: 'ELOOP' })
    })

    test('makeFolder makes what is missing with exactly that mode, and leaves what is there', async () => {
      const { files, folder } = await createWorld()
      await files.makeFolder(`${folder}/a/b/c`, 0o777)
      for (const path of ['a', 'a/b', 'a/b/c']) {
        expect(await files.stat(`${folder}/${path}`)).toMatchObject({ kind: 'folder', mode: 0o777 })
      }
      await files.makeFolder(`${folder}/a/b`, 0o700)
      expect(await files.stat(`${folder}/a/b`)).toMatchObject({ mode: 0o777 })
      await put(files, `${folder}/file`, '')
      await expect(files.makeFolder(`${folder}/file`, 0o700)).rejects.toMatchObject({ code: 'EEXIST' })
      await expect(files.makeFolder(`${folder}/file/a`, 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' })
    })

    test('list names what is in a folder', async () => {
      const { files, folder } = await createWorld()
      expect(await files.list(folder)).toEqual([])
      await put(files, `${folder}/a`, '')
      await files.makeFolder(`${folder}/b`, 0o700)
      expect((await files.list(folder)).sort()).toEqual(['a', 'b'])
      await expect(files.list(`${folder}/none`)).rejects.toMatchObject({ code: 'ENOENT' })
      await expect(files.list(`${folder}/a`)).rejects.toMatchObject({ code: 'ENOTDIR' })
    })

    test('stat says undefined for what is not there', async () => {
      const { files, folder } = await createWorld()
      expect(await files.stat(`${folder}/none`)).toBeUndefined()
      expect(await files.stat(`${folder}/none/deeper`)).toBeUndefined()
    })

    test('truncate cuts and extends with zeros', async () => {
      const { files, folder } = await createWorld()
      const file = await files.open(`${folder}/a`, 'create')
      await file.write(0, bytes('abcdef'))
      await file.truncate(3)
      await file.truncate(5)
      expect(await file.read(0, 10)).toEqual(bytes('abc\0\0'))
      await file.close()
    })

    test('mode and time are set exactly', async () => {
      const { files, folder } = await createWorld()
      const file = await files.open(`${folder}/a`, 'create')
      await file.setMode(0o666)
      await file.setModified(1_600_000_000_123)
      await file.syncData()
      await file.sync()
      expect(await file.stat()).toMatchObject({ mode: 0o666 })
      expect((await file.stat()).modifiedMs).toBeCloseTo(1_600_000_000_123, 0)
      await file.close()
    })

    test('rename moves a file over another, a folder to a new name, and keeps the inode', async () => {
      const { files, folder } = await createWorld()
      await put(files, `${folder}/a`, 'new')
      await put(files, `${folder}/b`, 'old')
      const before = await files.stat(`${folder}/a`)
      await files.rename(`${folder}/a`, `${folder}/b`)
      expect(await get(files, `${folder}/b`)).toBe('new')
      expect(await files.stat(`${folder}/b`)).toMatchObject({ inode: before?.inode, device: before?.device })
      await files.makeFolder(`${folder}/c/d`, 0o700)
      await put(files, `${folder}/c/d/e`, 'inner')
      await files.rename(`${folder}/c`, `${folder}/moved`)
      expect(await get(files, `${folder}/moved/d/e`)).toBe('inner')
      expect((await files.list(folder)).sort()).toEqual(['b', 'moved'])
    })

    test.each([
      ['none', 'x', 'ENOENT'],
      ['file', 'none/x', 'ENOENT'],
      ['file', 'full', 'EISDIR'],
      ['full', 'file', 'ENOTDIR'],
      ['empty', 'full', 'ENOTEMPTY'],
      ['full', 'full/inner/below', 'EINVAL'],
    ])('rename of %s to %s is refused with %s', async (from, to, code) => {
      const { files, folder } = await createWorld()
      await put(files, `${folder}/file`, '')
      await files.makeFolder(`${folder}/full/inner`, 0o700)
      await files.makeFolder(`${folder}/empty`, 0o700)
      await expect(files.rename(`${folder}/${from}`, `${folder}/${to}`)).rejects.toMatchObject({ code })
    })

    test('remove and removeTree take away what is there and do not mind what is not', async () => {
      const { files, folder } = await createWorld()
      await put(files, `${folder}/a`, '')
      await files.makeFolder(`${folder}/b/c`, 0o700)
      await put(files, `${folder}/b/c/d`, '')
      await files.remove(`${folder}/a`)
      await files.remove(`${folder}/a`)
      await files.removeTree(`${folder}/b`)
      await files.removeTree(`${folder}/b`)
      expect(await files.list(folder)).toEqual([])
      await files.makeFolder(`${folder}/e`, 0o700)
      await expect(files.remove(`${folder}/e`)).rejects.toMatchObject({ code: expect.stringMatching(/EISDIR|EPERM/) })
    })

    test('a file that was removed can still be read through an open handle', async () => {
      const { files, folder } = await createWorld()
      await put(files, `${folder}/a`, 'still here')
      const file = await files.open(`${folder}/a`, 'read')
      await files.remove(`${folder}/a`)
      expect(await file.read(0, 100)).toEqual(bytes('still here'))
      await file.close()
      await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'EBADF' })
    })

    test('writeFile makes a whole file with its mode and time, and refuses to replace anything', async () => {
      const { files, folder, plantLink } = await createWorld()
      const facts = { mode: 0o450, modifiedMs: 1_600_000_000_250 }
      await files.writeFile(`${folder}/a`, bytes('whole'), facts)
      expect(await files.stat(`${folder}/a`)).toMatchObject({ kind: 'file', bytes: 5, ...facts })
      await files.writeFile(`${folder}/empty`, bytes(''), facts)
      await plantLink('a', `${folder}/link`)
      for (const name of ['a', 'link']) {
        await expect(files.writeFile(`${folder}/${name}`, bytes('x'), facts)).rejects.toMatchObject({ code: 'EEXIST' })
      }
    })

    test('links say what they were made with, and replace nothing', async () => {
      const { files, folder } = await createWorld()
      await files.makeLink(`${folder}/l`, '../ünï', 1_600_000_000_000)
      expect(await files.readLink(`${folder}/l`)).toBe('../ünï')
      expect(await files.stat(`${folder}/l`)).toMatchObject({ kind: 'link', modifiedMs: 1_600_000_000_000 })
      await expect(files.makeLink(`${folder}/l`, 'x', 0)).rejects.toMatchObject({ code: 'EEXIST' })
      await put(files, `${folder}/a`, '')
      await expect(files.readLink(`${folder}/a`)).rejects.toMatchObject({ code: 'EINVAL' })
    })

    test('setFolder gives a folder its mode and time', async () => {
      const { files, folder } = await createWorld()
      await files.makeFolder(`${folder}/a`, 0o700)
      await files.setFolder(`${folder}/a`, { mode: 0o555, modifiedMs: 1_600_000_000_000 })
      expect(await files.stat(`${folder}/a`)).toMatchObject({ mode: 0o555, modifiedMs: 1_600_000_000_000 })
    })

    test('a held folder is walked to through no link, and made when that is wished', async () => {
      const { files, folder, plantLink } = await createWorld()
      await expect(files.holdFolder(folder, ['a', 'b'])).rejects.toMatchObject({ code: 'ENOENT' })
      const held = await files.holdFolder(folder, ['a', 'b'], 0o750)
      await files.writeFile(`${held.path}/x`, bytes('x'), { mode: 0o600, modifiedMs: 0 })
      await held.sync()
      await held.close()
      expect(await get(files, `${folder}/a/b/x`)).toBe('x')
      expect(await files.stat(`${folder}/a/b`)).toMatchObject({ mode: 0o750 })
      await plantLink('a', `${folder}/link`)
      for (const parts of [['link'], ['link', 'b'], ['a', 'b', 'x'], ['a', 'b', 'x', 'y']]) {
        const code = expect.stringMatching(/ENOTDIR|ELOOP/)
        await expect(files.holdFolder(folder, parts, 0o700)).rejects.toMatchObject({ code })
      }
    })

    test('syncTree works on whatever a folder holds', async () => {
      const { files, folder } = await createWorld()
      const facts = { mode: 0, modifiedMs: 1_600_000_000_000 }
      await files.makeFolder(`${folder}/a/b`, 0o700)
      await files.writeFile(`${folder}/a/shut`, bytes('x'), facts)
      await files.makeLink(`${folder}/a/b/l`, 'nowhere', 0)
      await files.syncTree(folder)
      expect(await files.stat(`${folder}/a/shut`)).toMatchObject(facts)
    })

    test('syncFolder and freeBytes work on a folder', async () => {
      const { files, folder } = await createWorld()
      await files.syncFolder(folder)
      expect(await files.freeBytes(folder)).toBeGreaterThan(0)
    })
  })
}
