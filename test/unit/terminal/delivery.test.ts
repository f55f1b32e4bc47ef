import { describe, expect, test } from 'vitest'
import { StoredContent, shapeOf } from '../../../src/content/stored-content.ts'
import { decodePacketTable } from '../../../src/seal/packet-table-codec.ts'
import type { FileOperation } from '../../../src/system/file-faults.ts'
import type { Files } from '../../../src/system/files.ts'
import { activate, makeDurable } from '../../../src/terminal/delivery.ts'
import type { StateFile } from '../../../src/terminal/state-file.ts'
import { decodeReceipt } from '../../../src/wire/signed-documents.ts'
import { BYTES, heldDelivery } from './held-delivery.ts'

const NO_TABLES = new Map<number, Uint8Array>()

const stageOf = (state: StateFile) => state.unfinished()[0]?.stage

describe('making a delivery durable', () => {
  test('gives a receipt that says what was received, and puts it into the outbox', async () => {
    const { delivery, state, sealed } = await heldDelivery()
    const kept = await makeDurable(delivery, NO_TABLES, 42)
    expect(decodeReceipt(kept.receipt.payload)).toEqual({
      transfer: 1,
      node: sealed.main.nodeId,
      contentDigest: sealed.content.last?.last?.contentDigest,
      bytes: BYTES.length,
      elapsedMs: 42,
      diskMs: 0,
    })
    expect(state.outbox.list()).toEqual([kept])
    expect(stageOf(state)).toBe('received')
  })

  test('means that its bytes, mode and time survive a power cut', async () => {
    const { delivery, files } = await heldDelivery()
    await makeDurable(delivery, NO_TABLES, 42)
    const after = files.crash()
    const file = await after.open('/staging/1.part', 'read')
    expect(await file.read(0, 20_000)).toEqual(BYTES)
    expect(await file.stat()).toMatchObject({ mode: 0o600, modifiedMs: delivery.manifest.modifiedMs })
  })

  test('syncs a file once, with its mode and time in place', async () => {
    const { delivery } = await heldDelivery()
    const { file } = delivery
    const synced: string[] = []
    for (const name of ['syncData', 'sync'] as const) {
      const sync = file[name].bind(file)
      file[name] = async () => {
        synced.push(`${name} at ${(await file.stat()).modifiedMs}`)
        return sync()
      }
    }
    await makeDurable(delivery, NO_TABLES, 42)
    expect(synced).toEqual([`sync at ${delivery.manifest.modifiedMs}`])
  })

  const failures: [FileOperation, number][] = [
    ['sync', 0],
    ['sync', 1],
    ['setMode', 0],
    ['setModified', 0],
  ]
  test.each(failures)('fails without a receipt when %s fails (after %i that did not)', async (operation, before) => {
    const { delivery, state, files } = await heldDelivery()
    if (before > 0) await delivery.content.sync()
    files.failNext(operation, 'EIO')
    await expect(makeDurable(delivery, NO_TABLES, 42)).rejects.toMatchObject({ code: 'EIO' })
    expect(state.outbox.list()).toEqual([])
    expect(stageOf(state)).toBe('receiving')
  })

  test('a sync error is final: the same content gets no receipt from a second try either, unless it is synced', async () => {
    const { delivery, state, files } = await heldDelivery()
    files.failNext('sync', 'EIO')
    files.failNext('sync', 'EIO')
    for (let k = 0; k < 2; k++)
      await expect(makeDurable(delivery, NO_TABLES, 42)).rejects.toMatchObject({ code: 'EIO' })
    expect(state.outbox.list()).toEqual([])
  })

  test('is refused for content that is not whole', async () => {
    const { delivery, state, sealed } = await heldDelivery()
    const content = new StoredContent(delivery.file, shapeOf(sealed.manifest))
    const table = sealed.content.table(0) as Uint8Array
    content.addTable(decodePacketTable(table, sealed.verifyTable), table)
    await expect(makeDurable({ ...delivery, content }, NO_TABLES, 42)).rejects.toMatchObject({
      code: 'E_BROKEN_INVARIANT',
    })
    expect(state.outbox.list()).toEqual([])
  })
})

describe('activating', () => {
  test('moves the content into the inbox and says so', async () => {
    const { delivery, state, files } = await heldDelivery()
    await makeDurable(delivery, NO_TABLES, 42)
    await activate(delivery)
    expect((await files.stat('/inbox/a/b'))?.bytes).toBe(BYTES.length)
    expect(state.outbox.list().map((kept) => kept.state)).toEqual(['received', 'active'])
    expect(state.unfinished()).toEqual([])
  })

  const failures: FileOperation[] = ['stat', 'open', 'rename', 'syncFolder']
  test.each(failures)('says nothing when %s fails, and can be repeated', async (operation) => {
    const { delivery, state, files } = await heldDelivery()
    await makeDurable(delivery, NO_TABLES, 42)
    files.failNext(operation, 'EIO')
    await expect(activate(delivery)).rejects.toMatchObject({ code: 'EIO' })
    expect(state.outbox.list().map((kept) => kept.state)).toEqual(['received'])
    expect(stageOf(state)).toBe('received')
    await activate(delivery)
    expect((await files.stat('/inbox/a/b'))?.bytes).toBe(BYTES.length)
    expect(state.outbox.list().map((kept) => kept.state)).toEqual(['received', 'active'])
  })

  test('does not put older content in the place of newer', async () => {
    const { delivery, state, files } = await heldDelivery()
    await makeDurable(delivery, NO_TABLES, 42)
    await heldDelivery({ transfer: 2, before: { ...delivery, files, state } })
    await state.keepReceived({
      transfer: 2,
      durable: new Uint8Array(0),
      tables: NO_TABLES,
      receipt: {
        payload: new Uint8Array(1),
        signature: new Uint8Array(64),
      },
    })
    await expect(activate(delivery)).rejects.toMatchObject({ code: 'E_SUPERSEDED' })
    expect(await files.stat('/inbox/a/b')).toBeUndefined()
  })

  test('does not put older content in the place of newer that is received and published meanwhile', async () => {
    const { delivery: older, state, files } = await heldDelivery()
    await makeDurable(older, NO_TABLES, 42)
    const { delivery: newer } = await heldDelivery({ transfer: 2, before: { ...older, files, state } })
    const renamed: string[] = []
    // The older one is on its way into the inbox; the newer one goes as far as it can then.
    const rename = async (from: string, to: string) => {
      renamed.push(from)
      await makeDurable(newer, NO_TABLES, 42)
      published = activate(newer)
      await Promise.race([published, new Promise((resolve) => setImmediate(resolve))])
      await files.rename(from, to)
    }
    const slowFiles = new Proxy<Files>(files, {
      get: (_, name: keyof Files) => (name === 'rename' ? rename : files[name].bind(files)),
    })
    let published: Promise<unknown> | undefined
    await activate({ ...older, files: slowFiles })
    await published
    expect(renamed).toEqual(['/staging/1.part'])
    expect((await files.stat('/inbox/a/b'))?.inode).toBe((await newer.file.stat()).inode)
  })
})
