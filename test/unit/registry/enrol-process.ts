/**
 * A process of its own that opens a network database and enrols one node: `bun enrol-process.ts DATABASE SECRET_HASH_HEX NODE_SEED`.
 * Prints `enrolled` or the code of the refusal.
 */

import { openNetworkDatabase } from '../../../src/registry/network-database.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { newNode } from './network-fixture.ts'

const [path = '', secretHash = '', seed = ''] = process.argv.slice(2)
const database = await openNetworkDatabase({ path, clock: new VirtualClock() })
try {
  await database.enrol({ node: newNode(seed), secretHash: new Uint8Array(Buffer.from(secretHash, 'hex')) })
  console.log('enrolled')
} catch (error) {
  console.log(codeOf(error))
}
await database.close()
