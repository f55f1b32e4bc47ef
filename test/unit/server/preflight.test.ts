import { describe, expect, test } from 'vitest'
import type { Conversation } from '../../../src/link/conversation.ts'
import { Preflight } from '../../../src/server/preflight.ts'
import type { PresentTerminal } from '../../../src/server/presence.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import type { MessageBody } from '../../../src/wire/messages.ts'

type Question = MessageBody<'preflight'>
const REFUSAL = { code: 'E_NO_SPACE', message: '1 GiB free in /inbox, 4 GiB needed: free space there' }

/** Terminals that answer when, and what, the test says. */
function world(...names: string[]) {
  const clock = new VirtualClock()
  const asked: string[] = []
  let newest: Question | undefined
  const terminals = new Map(
    names.map((name) => {
      const send = (_: string, question: Question) => {
        asked.push(name)
        newest = question
      }
      return [name, { node: name, name, control: { send } as unknown as Conversation } as unknown as PresentTerminal]
    }),
  )
  const preflight = new Preflight(clock, { find: (node) => terminals.get(node) })
  const ask = (bytes: number | null = 2 ** 32) =>
    preflight.ask([...names, 'offline'] as PresentTerminal['node'][], {
      destination: 'a',
      entryList: null,
      bytes,
      force: false,
    })
  const answer = (name: string, refusal: typeof REFUSAL | null, question = newest?.question ?? 0) =>
    preflight.answered(terminals.get(name) as PresentTerminal, { question, refusal })
  return { clock, asked, ask, answer }
}

describe('asking the targets', () => {
  test('is over as soon as all that are here have answered, and tells who refused and what to do', async () => {
    const { clock, asked, ask, answer } = world('web1', 'web2')
    const refusals = ask()
    expect(asked).toEqual(['web1', 'web2'])
    answer('web1', null)
    answer('web2', REFUSAL)
    expect([...(await refusals)]).toEqual([
      [
        'web2',
        {
          code: 'E_NO_SPACE',
          message: `terminal web2 refused the transfer: ${REFUSAL.message}, or push with --to '!web2'`,
        },
      ],
    ])
    expect(clock.monotonic()).toBe(0)
  })

  test('cuts what a terminal says to what an operator can be told', async () => {
    const { ask, answer } = world('web1')
    const refusals = ask()
    answer('web1', { code: 'E_NO_SPACE', message: 'x'.repeat(2000) })
    expect([...(await refusals).values()][0]?.message).toHaveLength(2000)
  })

  test('does not wait for ever for one that does not answer, and holds nothing against it', async () => {
    const { clock, ask, answer } = world('web1', 'web2')
    const refusals = ask()
    answer('web1', REFUSAL)
    await clock.advance(1_000)
    expect([...(await refusals).keys()]).toEqual(['web1'])
    answer('web2', REFUSAL)
  })

  test('costs a small content nothing', async () => {
    const { asked, ask } = world('web1')
    expect((await ask(10_240)).size).toBe(0)
    expect(asked).toEqual([])
  })

  test('is done for a content of unknown length, too', async () => {
    const { ask, answer } = world('web1')
    const refusals = ask(null)
    answer('web1', null)
    expect((await refusals).size).toBe(0)
  })

  test('heeds no answer to another question, and none twice', async () => {
    const { clock, ask, answer } = world('web1', 'web2')
    const refusals = ask()
    answer('web1', REFUSAL, 99)
    answer('web2', null)
    answer('web2', REFUSAL)
    await clock.advance(1_000)
    expect((await refusals).size).toBe(0)
  })
})
