/** The JSON document of `rank --json`: treecast-json(5). Members are only ever added. */

import { labelsOf } from '../wire/labels.ts'
import type { AnswerTo, ProbeReport } from '../wire/operator-messages.ts'
import type { RankedTerminal } from '../wire/snapshot.ts'
import { DOCUMENT_VERSION } from './push-documents.ts'

/** @param probes what `--probe` measured; undefined without it */
export function rankDocument({ by, trainBytes, terminals }: AnswerTo<'rank'>, probes?: readonly ProbeReport[]): object {
  const ranked = { version: DOCUMENT_VERSION, by, trainBytes, terminals: terminals.map(rankedDocument) }
  return probes === undefined ? ranked : { ...ranked, probes }
}

/** One terminal of it. */
export function rankedDocument(terminal: RankedTerminal): object {
  return { ...terminal, labels: labelsOf(terminal.labels) }
}
