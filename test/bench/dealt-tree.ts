/** Whether a transfer ran down the tree that FIG. 4 of US 8,495,167 deals from the measured rank. */

import { classicPlan, FIRST_SERVER_HANDLE } from '../../src/tree/plan.ts'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'
import type { Check } from './scenario.ts'

/** What of a transfer's status decides. */
export interface MeasuredTree {
  readonly fanOut: number
  readonly terminals: readonly Pick<
    TransferSnapshot['terminals'][number],
    'handle' | 'name' | 'rank' | 'leaf' | 'upstreams'
  >[]
}

export function checkDealtTree({ fanOut, terminals }: MeasuredTree): Check {
  const ranked = terminals.toSorted((a, b) => a.rank - b.rank)
  const edges = classicPlan(ranked, fanOut).stripes[0]?.edges ?? []
  const dealtUpstream = new Map(edges.map(({ upstream, downstream }) => [downstream, upstream]))
  const astray = terminals.filter(
    ({ handle, upstreams }) => upstreams.length !== 1 || upstreams[0] !== dealtUpstream.get(handle),
  )
  const nameOf = new Map<number | null | undefined, string>([[FIRST_SERVER_HANDLE, 'the main server']])
  for (const { handle, name } of terminals) nameOf.set(handle, name)
  const described = astray.map(({ handle, name, upstreams }) => {
    const found = upstreams.map((upstream) => nameOf.get(upstream) ?? 'nobody').join(' and ')
    return `${name} was below ${found}, dealt to ${nameOf.get(dealtUpstream.get(handle))}`
  })
  return {
    name: `the tree is FIG. 4's deal over the measured rank, N = ${fanOut}`,
    holds: astray.length === 0 && terminals.length > 0,
    detail: astray.length === 0 ? `${terminals.length} terminals below their dealt upstream` : described.join('; '),
  }
}
