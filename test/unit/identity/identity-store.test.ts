import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadOrCreateIdentity } from '../../../src/identity/identity-store.ts'
import { nodeIdOf } from '../../../src/identity/node-id.ts'
import type { Files } from '../../../src/system/files.ts'
import { seededRandom, systemRandom } from '../../../src/system/random.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const load = (folder: string, files: Files = systemFiles) =>
  loadOrCreateIdentity({ folder, files, random: systemRandom })
const modeOf = (path: string) => statSync(path).mode & 0o777
const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

describe('the identity in a folder', () => {
  test('is made once and stays the same', async () => {
    const folder = join(temporaryFolder(), 'home', 'serve')
    const made = await load(folder)
    const again = await load(folder)
    expect(again.nodeId).toBe(made.nodeId)
    expect(again.nodeId).toBe(nodeIdOf(made.keys.ed25519Public))
    expect(again.keys.secrets).toEqual(made.keys.secrets)
    expect(again.keys.x25519).toEqual(made.keys.x25519)
    expect(again.certificate).toEqual(made.certificate)
  })

  test('lies in a folder 0700 as one file 0600', async () => {
    const folder = join(temporaryFolder(), 'serve')
    await load(folder)
    expect(modeOf(folder)).toBe(0o700)
    expect(readdirSync(folder)).toEqual(['identity.json'])
    expect(modeOf(join(folder, 'identity.json'))).toBe(0o600)
  })

  test.each([0o750, 0o701, 0o777])(
    'is refused in a folder of mode %o, with the command that mends it',
    async (mode) => {
      const folder = join(temporaryFolder(), 'serve')
      await load(folder)
      chmodSync(folder, mode)
      await expect(load(folder)).rejects.toThrow(refusal('E_WIDE_MODE', `chmod 700 ${folder}`))
      await expect(load(folder)).rejects.toThrow(refusal('E_WIDE_MODE', `mode 0${mode.toString(8)}`))
      chmodSync(folder, 0o700)
      await load(folder)
    },
  )

  test.each([0o640, 0o604, 0o602])('is refused in a file of mode %o, with the command that mends it', async (mode) => {
    const folder = join(temporaryFolder(), 'a folder')
    await load(folder)
    const file = join(folder, 'identity.json')
    chmodSync(file, mode)
    await expect(load(folder)).rejects.toThrow(refusal('E_WIDE_MODE', `chmod 600 '${file}'`))
  })

  test('is not looked for behind links', async () => {
    const top = temporaryFolder()
    await load(join(top, 'real'))
    symlinkSync(join(top, 'real'), join(top, 'link'))
    await expect(load(join(top, 'link'))).rejects.toThrow(refusal('E_HOME_KIND', 'not a folder'))
    mkdirSync(join(top, 'other'), { mode: 0o700 })
    symlinkSync(join(top, 'real', 'identity.json'), join(top, 'other', 'identity.json'))
    await expect(load(join(top, 'other'))).rejects.toThrow(refusal('E_HOME_KIND', 'not a file'))
    writeFileSync(join(top, 'plain'), '', { mode: 0o600 })
    await expect(load(join(top, 'plain'))).rejects.toThrow(refusal('E_HOME_KIND', 'not a folder'))
  })

  test('whose folder cannot be made is refused with the reason', async () => {
    const top = temporaryFolder()
    writeFileSync(join(top, 'file'), '')
    await expect(load(join(top, 'file', 'serve'))).rejects.toThrow(refusal('E_HOME_FOLDER', 'ENOTDIR'))
  })

  test('that is damaged is refused, and never replaced', async () => {
    const folder = join(temporaryFolder(), 'serve')
    const other = await load(join(temporaryFolder(), 'other'))
    await load(folder)
    const file = join(folder, 'identity.json')
    const whole = readFileSync(file, 'utf8')
    const { privateKeyPem } = other.certificate
    const damages = [
      '',
      '{}',
      'null',
      whole.slice(0, 100),
      whole.replace('"version": 1', '"version": 2'),
      whole.replace(/("ed25519Seed": ")./, '$1'),
      whole.replace('BEGIN CERTIFICATE', 'BEGIN SOMETHING'),
      JSON.stringify({ ...JSON.parse(whole), privateKeyPem }),
      ' '.repeat(70_000) + whole,
    ]
    for (const damage of damages) {
      writeFileSync(file, damage)
      await expect(load(folder), damage.slice(0, 60)).rejects.toThrow(refusal('E_IDENTITY_DAMAGED', file))
      expect(readFileSync(file, 'utf8')).toBe(damage)
    }
    writeFileSync(file, whole)
    await load(folder)
  })

  test('is whole or absent when the process dies before the file has its name', async () => {
    const folder = join(temporaryFolder(), 'serve')
    const dying: Files = { ...systemFiles, rename: () => Promise.reject(new Error('killed')) }
    await expect(load(folder, dying)).rejects.toThrow('killed')
    expect(existsSync(join(folder, 'identity.json'))).toBe(false)
    const made = await load(folder)
    expect((await load(folder)).nodeId).toBe(made.nodeId)
    expect(readdirSync(folder)).toEqual(['identity.json'])
  })

  test('is durable before it is used: its folder synced, file synced, renamed, folder synced, in this order', async () => {
    const folder = join(temporaryFolder(), 'serve')
    const steps: string[] = []
    const watched: Files = {
      ...systemFiles,
      async open(path, mode) {
        const file = await systemFiles.open(path, mode)
        return new Proxy(file, {
          get(target, name) {
            const value = Reflect.get(target, name, target)
            if (typeof value !== 'function') return value
            return (...given: unknown[]) => {
              if (name === 'write' || name === 'sync') steps.push(name)
              return value.apply(target, given)
            }
          },
        })
      },
      rename: (from, to) => {
        steps.push('rename')
        return systemFiles.rename(from, to)
      },
      syncFolder: (path) => {
        steps.push('syncFolder')
        return systemFiles.syncFolder(path)
      },
    }
    await load(folder, watched)
    expect(steps).toEqual(['syncFolder', 'write', 'sync', 'rename', 'syncFolder'])
  })

  test('follows from the chance it was given', async () => {
    const make = (folder: string) => loadOrCreateIdentity({ folder, files: systemFiles, random: seededRandom(5) })
    const [one, two] = [await make(join(temporaryFolder(), 'a')), await make(join(temporaryFolder(), 'b'))]
    expect(one.nodeId).toBe(two.nodeId)
  })
})
