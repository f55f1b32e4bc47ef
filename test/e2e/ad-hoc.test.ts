/** An ad hoc push: a short code on one network, nothing left behind. */

import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createLab, labAvailable } from '../lab/lab.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile, sha256File } from '../support/test-content.ts'
import { startTreecast } from '../support/treecast-process.ts'

const { available, why } = labAvailable()
if (!available) console.warn(`ad hoc pushes are not tested: ${why}`)

describe.skipIf(!available)('an ad hoc push', () => {
  test('reaches those who type its code, in their current folder, and leaves nothing', {
    timeout: 60_000,
  }, async () => {
    const lab = await createLab({ hosts: 3, rate: 'none' })
    onTestFinished(() => lab.down())
    const folder = temporaryFolder()
    // Temporary homes of this test alone, so that what stays behind is seen.
    const temporary = join(folder, 'tmp')
    const start = (host: number, ...args: string[]) => {
      const place = join(folder, String(host))
      for (const made of [temporary, place, join(place, 'home')]) mkdirSync(made, { recursive: true })
      const env = { TMPDIR: temporary }
      return startTreecast({ args, home: join(place, 'home'), folder: place, env, command: lab.command(host) })
    }
    const file = join(folder, 'photos.tar')
    const digest = await makeFile(file, 3_000_000, { seed: 1 })

    const push = await start(0, 'push', file, '--ad-hoc', '--expect', '2', '--json')
    const [, code = ''] = await push.waitForLine('stderr', /treecast relay --once --join (\S+)$/)
    const relays = await Promise.all([1, 2].map((host) => start(host, 'relay', '--once', '--join', code.toLowerCase())))
    for (const relay of [push, ...relays]) expect((await relay.exit).code, relay.stderr.text).toBe(0)
    expect(push.stderr.lines.filter((line) => line.includes('joined:'))).toHaveLength(2)
    expect(JSON.parse(push.stdout.lines.at(-1) ?? '')).toMatchObject({
      type: 'result',
      state: 'complete',
      delivered: 2,
    })
    for (const host of ['1', '2']) {
      expect(await sha256File(join(folder, host, 'photos.tar'))).toBe(digest)
      expect(readdirSync(join(folder, host)).toSorted()).toEqual(['home', 'photos.tar'])
      expect(readdirSync(join(folder, host, 'home'))).toEqual([])
    }
    // What the runtime unpacks of itself has other names.
    expect(readdirSync(temporary).filter((name) => name.startsWith('treecast-'))).toEqual([])
  })
})
