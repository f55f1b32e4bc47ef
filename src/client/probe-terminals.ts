/** Has terminals measured, a few at a time: who is interrupted leaves the rest unmeasured, and no answer takes long. */

import { LIMITS } from '../wire/limits.ts'
import type { ProbeReport } from '../wire/operator-messages.ts'
import type { OperatorClient } from './operator-client.ts'

/** @returns a report of every terminal that the selector stands for. @throws E_SELECTOR_… */
export async function probeTerminals(client: Pick<OperatorClient, 'ask'>, selector: string): Promise<ProbeReport[]> {
  const { terminals } = await client.ask({ kind: 'rank', by: 'score', to: selector })
  const names = terminals.map(({ name }) => name)
  const reports: ProbeReport[] = []
  for (let first = 0; first < names.length; first += LIMITS.probesAtOnce) {
    const some = names.slice(first, first + LIMITS.probesAtOnce)
    reports.push(...(await client.ask({ kind: 'probe', terminals: some })).probes)
  }
  return reports
}
