/** What shell completion offers from the running main server: terminals, selectors, groups, labels, transfers. */

import type { OperatorClient } from '../client/operator-client.ts'
import { labelsOf, labelTexts } from '../wire/labels.ts'
import type { RankedTerminal, TransferSummary } from '../wire/snapshot.ts'
import type { ServerWords } from './command-table.ts'

/** Newest transfers that are offered. */
const MOST_TRANSFERS = 20

/** Words that mean nothing to a shell. Anything else a main server says is not offered: it would stand on a command line. */
const HARMLESS = /^[\w@.:+=-]+$/

/** One of `kind` a line, each for itself; behind a tab what it is, where that is more than its name. */
export async function wordsOf(kind: ServerWords, client: Pick<OperatorClient, 'ask'>): Promise<string[]> {
  if (kind === 'transfers') {
    const { transfers } = await client.ask({ kind: 'status' })
    return transfers.slice(0, MOST_TRANSFERS).flatMap(transferLine)
  }
  const { terminals } = await client.ask({ kind: 'rank', by: 'response', to: 'all' })
  return [...new Set(WORDS[kind](terminals))].filter((word) => HARMLESS.test(word))
}

type TerminalWords = (terminals: readonly RankedTerminal[]) => string[]

const namesOf: TerminalWords = (terminals) => terminals.map(({ name }) => name)
const groupsOf: TerminalWords = (terminals) => terminals.flatMap(({ groups }) => groups).sort()
const labelsIn: TerminalWords = (terminals) => terminals.flatMap(({ labels }) => labelTexts(labelsOf(labels))).sort()

const WORDS: Readonly<Record<Exclude<ServerWords, 'transfers'>, TerminalWords>> = {
  terminals: namesOf,
  groups: groupsOf,
  labels: labelsIn,
  selectors: (terminals) => [
    'all',
    ...namesOf(terminals),
    ...groupsOf(terminals).map((group) => `@${group}`),
    ...labelsIn(terminals),
  ],
}

function transferLine({ transfer, name, state }: TransferSummary): string[] {
  // A name may hold anything that a file's name may.
  return transfer === null ? [] : [`${transfer}\t${name.replace(/[^\w .,+@-]/g, '?')} ${state}`]
}
