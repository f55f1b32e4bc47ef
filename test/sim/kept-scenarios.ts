/**
 * Runs that once broke a law, each with what it showed: the files in kept/. They are kept whole, not as seeds, so that what is drawn from
 * a seed can change. `npm run sim` prints a scenario that failed; it goes there once its cause is mended.
 */

import { readdirSync, readFileSync } from 'node:fs'
import type { Scenario } from './scenario.ts'

export interface KeptScenario {
  readonly showed: string
  readonly scenario: Scenario
}

const FOLDER = new URL('kept/', import.meta.url)

export function keptScenarios(): KeptScenario[] {
  const files = readdirSync(FOLDER).sort()
  return files.map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as KeptScenario)
}
