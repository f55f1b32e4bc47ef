import { expect, test } from 'vitest'
import { createKeys } from '../../../src/identity/keys.ts'
import { SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import { openConversation } from '../../../src/link/conversation.ts'
import type { NetworkDatabase } from '../../../src/registry/network-database.ts'
import { type EnrolmentOptions, serveEnrolment } from '../../../src/server/enrolment-desk.ts'
import { silentLog } from '../../../src/system/log.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { Ear, helloOf, World } from '../link/conversation-world.ts'

test('a link carries one ENROL: a second, while the first is looked at, closes it', async () => {
  const world = new World()
  let asked = 0
  // A transaction that is still under way.
  const enrol = () => new Promise<never>(() => asked++)
  const options = { database: { enrol } as Partial<NetworkDatabase>, log: silentLog } as EnrolmentOptions
  world.welcome = (conversation) => serveEnrolment(conversation, options)
  const near = new Ear(openConversation(await world.dial(), helloOf('enrol'), world.clock))
  const { conversation } = near
  const keys = createKeys(seededRandom(2))
  const body = {
    role: 'terminal' as const,
    secret: new Uint8Array(32),
    name: 'web7',
    ed25519: keys.ed25519Public,
    x25519: keys.x25519.publicKey,
    proof: signBytes(keys, SIGNING_CONTEXT.enrolment, Buffer.from('of web7')).signature,
  }
  conversation.send('enrol', body)
  await world.settle()
  expect([asked, near.codes]).toEqual([1, []])
  conversation.send('enrol', body)
  await world.settle()
  expect([asked, near.codes]).toEqual([1, ['E_LINK_LOST']])
})
