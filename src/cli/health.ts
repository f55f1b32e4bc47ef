/** Whether a treecast installation is well, from the answer to a status query: `treecast status --check`. Pure. */

import type { AnswerTo } from '../wire/operator-messages.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'

/** Below this the library may be too small for the next content. */
const LEAST_FREE_BYTES = 256 * 1024 ** 2

export interface Finding {
  readonly code: 'terminals-offline' | 'no-terminals' | 'deliveries-failed' | 'deliveries-pending' | 'library-full'
  readonly message: string
}

export interface Health {
  readonly findings: readonly Finding[]
  /** 0: all is well; 3: something needs a look; 4: nobody can receive anything. */
  readonly exitCode: ExitCode
}

export function examine(status: Omit<AnswerTo<'status'>, 'kind'>): Health {
  const { terminals, terminalsOnline, owed, library } = status
  const findings: Finding[] = []
  if (terminalsOnline === 0) {
    findings.push({ code: 'no-terminals', message: `none of ${terminals} terminals is online` })
  } else if (terminalsOnline < terminals) {
    const offline = terminals - terminalsOnline
    findings.push({ code: 'terminals-offline', message: `${offline} of ${terminals} terminals are offline` })
  }
  const [failed, pending] = (['failed', 'pending'] as const).map(
    (state) => owed.filter((one) => one.state === state).length,
  )
  if (failed)
    findings.push({
      code: 'deliveries-failed',
      message: `${countOf(failed)} failed and will be tried again: \`treecast status\` says why, \`treecast push --cancel\` gives a transfer up`,
    })
  if (pending)
    findings.push({
      code: 'deliveries-pending',
      message: `${countOf(pending)} pending: \`treecast status\` says what waits for whom`,
    })
  if (library.freeBytes < LEAST_FREE_BYTES) {
    const mebibytes = Math.floor(library.freeBytes / 1024 ** 2)
    findings.push({ code: 'library-full', message: `the main server has only ${mebibytes} MiB free for its library` })
  }
  return { findings, exitCode: findings.length === 0 ? EXIT.success : terminalsOnline === 0 ? EXIT.none : EXIT.some }
}

function countOf(deliveries: number): string {
  return deliveries === 1 ? '1 delivery' : `${deliveries} deliveries`
}
