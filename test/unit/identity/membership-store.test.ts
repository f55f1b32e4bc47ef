import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadMembership, type Membership, saveMembership } from '../../../src/identity/membership-store.ts'
import { nodeIdOf } from '../../../src/identity/node-id.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const ed25519Public = new Uint8Array(32).fill(3)
const membership: Membership = {
  address: { host: '2001:db8::1', port: 7717 },
  fingerprint: nodeIdOf(new Uint8Array(1)),
  ed25519Public,
  x25519Public: new Uint8Array(32).fill(4),
  serverNodeId: nodeIdOf(ed25519Public),
  name: 'web7',
  nodeId: nodeIdOf(new Uint8Array(2)),
}
const emptyPlace = () => ({ folder: join(temporaryFolder(), 'relay'), files: systemFiles })

describe('a membership', () => {
  test('is absent until it was saved, and then read back', async () => {
    const place = emptyPlace()
    expect(await loadMembership(place)).toBeUndefined()
    const elsewhere = join(place.folder, 'nowhere')
    expect(await loadMembership({ ...place, folder: elsewhere })).toBeUndefined()
    expect(await place.files.stat(elsewhere)).toBeUndefined()
    await saveMembership(place, membership)
    expect(await loadMembership(place)).toEqual(membership)
  })

  test('is replaced by a later one', async () => {
    const place = emptyPlace()
    await saveMembership(place, membership)
    await saveMembership(place, { ...membership, name: 'web8' })
    expect((await loadMembership(place))?.name).toBe('web8')
  })

  test('is kept where only its owner may read, and refused elsewhere', async () => {
    const place = emptyPlace()
    await saveMembership(place, membership)
    const file = join(place.folder, 'membership.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    chmodSync(file, 0o644)
    await expect(loadMembership(place)).rejects.toThrow(expect.objectContaining({ code: 'E_WIDE_MODE' }))
  })

  test('that is damaged is refused', async () => {
    const place = emptyPlace()
    await saveMembership(place, membership)
    const file = join(place.folder, 'membership.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('[2001:db8::1]:7717', 'nowhere'))
    await expect(loadMembership(place)).rejects.toThrow(expect.objectContaining({ code: 'E_IDENTITY_DAMAGED' }))
  })
})
