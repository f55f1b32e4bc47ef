import { describe, expect, test } from 'vitest'
import type { Identity } from '../../../src/identity/identity.ts'
import { encodeJoinToken } from '../../../src/identity/join-token.ts'
import { greet } from '../../../src/link/conversation.ts'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { joinMainServer } from '../../../src/terminal/join.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { createMember } from '../../support/cluster/member.ts'

/** A newcomer of this name at a main server that ends the link once it was asked to let somebody in. */
async function joinAs(name: string) {
  const random = seededRandom(3)
  const clock = new VirtualClock()
  const [main, newcomer] = [createMember('main', random), createMember('web1', random)]
  const networks = createMemoryNetwork({ clock, random })
  let dials = 0
  await networks.host('main', main.fingerprint).listen(main.address, (link) => {
    dials += 1
    greet(link, {
      clock,
      deadlineMs: LIMITS.helloMs,
      answer: { role: 'main', software: 'test' },
      welcome: (conversation) => conversation.attach({ message: () => conversation.close() }),
    })
  })
  const identity = {
    keys: newcomer.keys,
    nodeId: newcomer.nodeId,
    certificate: { fingerprint: newcomer.fingerprint },
  } as Identity
  const token = encodeJoinToken({
    role: 'terminal',
    secret: random.bytes(32),
    fingerprint: main.fingerprint,
    address: main.address,
  })
  const network = networks.host('web1', newcomer.fingerprint)
  const joining = joinMainServer({
    token,
    server: undefined,
    role: 'terminal',
    name,
    identity,
    network,
    clock,
    software: 'test',
  })
  const outcome = joining.catch((error: unknown) => error)
  await clock.advance(1000)
  return { error: await outcome, dials }
}

describe('a newcomer', () => {
  test('whose link ends before it was let in says that the main server is away', async () => {
    expect((await joinAs('web1')).error).toMatchObject({
      code: 'E_MAIN_UNREACHABLE',
      message:
        'the main server at main:7717 went away before it had let this machine in (it closed the link): try again',
    })
  })

  test.each(['a'.repeat(254), 'web 1', 'main'])('called %j is refused before it dials', async (name) => {
    const { error, dials } = await joinAs(name)
    expect(error).toMatchObject({ code: 'E_NAME' })
    expect(dials).toBe(0)
  })
})
