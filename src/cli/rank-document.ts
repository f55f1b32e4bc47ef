/** The JSON document of `rank --json`: treecast-json(5). Members are only ever added. */

import { labelsOf } from '../wire/labels.ts'
import type { AnswerTo } from '../wire/operator-messages.ts'
import { DOCUMENT_VERSION } from './push-documents.ts'

export function rankDocument({ by, trainBytes, terminals }: AnswerTo<'rank'>): object {
  const shown = terminals.map((terminal) => ({ ...terminal, labels: labelsOf(terminal.labels) }))
  return { version: DOCUMENT_VERSION, by, trainBytes, terminals: shown }
}
