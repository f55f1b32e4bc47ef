import { expect, test } from 'vitest'
import { DiskTime, timedFile } from '../../../src/content/disk-time.ts'
import type { ContentFile } from '../../../src/content/stored-content.ts'
import { sleep } from '../../../src/system/clock.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'

/** A file whose syncs take 100 ms, on a clock of the test. */
function slowFile() {
  const clock = new VirtualClock()
  const disk = new DiskTime(clock)
  const inner: ContentFile = {
    read: async () => new Uint8Array(0),
    write: () => sleep(clock, 30),
    syncData: () => sleep(clock, 100),
    close: async () => undefined,
  }
  return { clock, disk, file: timedFile(inner, disk) }
}

const NOTHING = new Uint8Array(0)

test('syncs count, and neither the pauses between them nor what only the system holds', async () => {
  const { clock, disk, file } = slowFile()
  for (const work of [
    () => file.write(0, NOTHING),
    () => file.syncData(),
    () => file.read(0, 1),
    () => file.syncData(),
  ]) {
    const done = work()
    await clock.advance(1000)
    await done
  }
  expect(disk.ms).toBe(200)
})

test('what is under way at the same time counts once, and counts before it is over', async () => {
  const { clock, disk, file } = slowFile()
  const first = file.syncData()
  await clock.advance(40)
  expect(disk.ms).toBe(40)
  const second = file.syncData()
  await clock.advance(1000)
  await Promise.all([first, second])
  expect(disk.ms).toBe(140)
})

test('what fails counts, too', async () => {
  const { clock, disk } = slowFile()
  const failing = disk.during(async () => {
    await sleep(clock, 7)
    throw new Error('EIO')
  })
  const heard = failing.catch(({ message }: Error) => message)
  await clock.advance(1000)
  expect(await heard).toBe('EIO')
  expect(disk.ms).toBe(7)
})
