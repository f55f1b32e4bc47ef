/** The results as JSON: every single value, and what they were measured on. */

import { cpus, release, totalmem } from 'node:os'
import type { Findings } from '../scenario.ts'
import type { Entry } from './entry.ts'
import { summarize } from './statistics.ts'

export function resultsDocument(entries: readonly Entry[]): object {
  const processors = cpus()
  return {
    version: 1,
    measuredAt: new Date().toISOString(),
    machine: {
      platform: `${process.platform} ${release()} ${process.arch}`,
      processor: processors[0]?.model ?? null,
      cores: processors.length,
      memoryBytes: totalmem(),
    },
    scenarios: entries.map(({ name, summary, outcome }) => ({ name, summary, ...describe(outcome) })),
  }
}

function describe(outcome: Entry['outcome']): object {
  return 'measures' in outcome ? describeFindings(outcome) : outcome
}

function describeFindings({ measures, completions = [], checks, notes }: Findings): object {
  const summarized = measures.map(({ references = [], ...measure }) => ({
    ...measure,
    ...summarize(measure.values),
    references: references.map((reference) => ({
      ...reference,
      ratio: summarize(measure.values).median / reference.value,
    })),
  }))
  return { measures: summarized, completions, checks, notes }
}
