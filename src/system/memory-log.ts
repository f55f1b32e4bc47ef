/** A log that keeps its lines, for tests and the simulator. */

import { type Log, type LogFacts, type LogLevel, logOf } from './log.ts'

export interface LogLine {
  readonly level: LogLevel
  readonly event: string
  readonly facts: LogFacts
}

export interface MemoryLog extends Log {
  readonly lines: readonly LogLine[]
}

export function createMemoryLog(): MemoryLog {
  const lines: LogLine[] = []
  return { lines, ...logOf((level, event, facts) => void lines.push({ level, event, facts })) }
}
