import { describe, expect, test } from 'vitest'
import type { NetworkDatabase } from '../../../src/registry/network-database.ts'
import { digestOf } from '../../../src/seal/digests.ts'
import { Library } from '../../../src/server/library.ts'
import { LibraryKeeper } from '../../../src/server/library-keeper.ts'
import { silentLog } from '../../../src/system/log.ts'
import { createMemoryFiles, type MemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { newTransfer, populated } from '../registry/network-fixture.ts'

async function open() {
  const { database, operator } = await populated()
  const files = createMemoryFiles()
  await files.makeFolder('/serve', 0o700)
  await files.syncFolder('/')
  return { database, files, operator, ...(await keep(database, files)) }
}

async function keep(database: NetworkDatabase, files: MemoryFiles) {
  const library = new Library(files, '/serve/library')
  const keeper = new LibraryKeeper({ library, database, log: silentLog })
  await keeper.recover()
  return { library, keeper }
}

type World = Awaited<ReturnType<typeof open>>

/** A push to `destination`, to its end. `salt` gives another digest, as another cut does. */
async function push(world: World, destination: string, content: Uint8Array, salt = ''): Promise<number> {
  const { database, keeper, operator } = world
  const transfer = await database.transfers.create(newTransfer(operator.nodeId, { destination }))
  const events = { parted: async () => undefined, makeSpace: async () => false }
  const incoming = await keeper.incoming(transfer, destination, events)
  for (let at = 0; at < content.length; at += 1000) await incoming.write(at, content.slice(at, at + 1000))
  await incoming.syncData()
  const digest = digestOf(Buffer.concat([content, Buffer.from(salt)]))
  await keeper.adopt(transfer, incoming, { digest, bytes: content.length })
  await database.transfers.keepContent(transfer, { bytes: content.length, digest })
  await incoming.close()
  return transfer
}

async function read({ keeper }: Pick<World, 'keeper'>, transfer: number): Promise<Uint8Array | undefined> {
  const file = await keeper.open(transfer)
  return file?.read(0, 1e6)
}

const one = seededRandom(1).bytes(10_000)
const other = seededRandom(2).bytes(10_000)

describe('the library', () => {
  test('has the same bytes once, however they were cut and wherever they were pushed', async () => {
    const world = await open()
    const transfers = [
      await push(world, 'a', one),
      await push(world, 'a', one),
      await push(world, 'b', one),
      await push(world, 'c', one, 'cut otherwise'),
      await push(world, 'a', one, 'cut otherwise'),
    ]
    await push(world, 'a', other)
    expect(await world.library.digests()).toHaveLength(2)
    for (const transfer of transfers) expect(await read(world, transfer)).toEqual(one)
  })

  test('keeps a content for as long as a transfer refers to it', async () => {
    const world = await open()
    const [first, second] = [await push(world, 'a', one), await push(world, 'b', one)]
    await world.keeper.release([first])
    expect([await read(world, first), await read(world, second)]).toEqual([undefined, one])
    await world.keeper.release([second])
    expect(await world.library.digests()).toEqual([])
    expect(await world.database.heldContents.references()).toEqual([])
  })

  test('has for the next push what was stored last for its destination', async () => {
    const world = await open()
    await push(world, 'a', one)
    const newest = await push(world, 'a', other)
    await push(world, 'b', one)
    expect(world.keeper.newestAt('a')?.transfer).toBe(newest)
    expect(world.keeper.newestAt('c')).toBeUndefined()
  })

  test('finds its contents again, removes what nobody refers to, and gives up what is not on the disk any more', async () => {
    const world = await open()
    const [kept, lost] = [await push(world, 'a', one), await push(world, 'b', other)]
    const unfinished = await push(world, 'c', seededRandom(5).bytes(10))
    await world.database.transfers.setState(unfinished, 'cancelled')
    await world.library.removeContent(world.keeper.find(lost)?.digest ?? '')
    const orphan = await world.files.open(world.library.pathOf('ab'.repeat(32)), 'create')
    await orphan.close()
    const again = await keep(world.database, world.files)
    expect(again.keeper.all().map(({ transfer }) => transfer)).toEqual([kept])
    expect(await again.library.digests()).toEqual([again.keeper.find(kept)?.digest])
    expect(await read(again, kept)).toEqual(one)
  })

  test('holds what it has taken in after a power cut, whole', async () => {
    const world = await open()
    const transfer = await push(world, 'a', one)
    const after = await keep(world.database, world.files.crash())
    expect(await read(after, transfer)).toEqual(one)
  })

  test('takes bytes in anew when the content that they were the same as was given up meanwhile', async () => {
    const world = await open()
    const first = await push(world, 'a', one)
    const { database, keeper, operator } = world
    const transfer = await database.transfers.create(newTransfer(operator.nodeId, { destination: 'a' }))
    const incoming = await keeper.incoming(transfer, 'a', {
      parted: async () => undefined,
      makeSpace: async () => false,
    })
    await incoming.write(0, one.slice())
    await keeper.release([first])
    expect(incoming.sharesTwin).toBe(true)
    await keeper.adopt(transfer, incoming, { digest: digestOf(one), bytes: one.length })
    expect(await read(world, transfer)).toEqual(one)
  })
})
