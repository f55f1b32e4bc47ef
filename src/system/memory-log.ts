/** A log that keeps its lines, for tests and the simulator. */

import type { Log, LogFacts, LogLevel } from './log.ts'

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
  const logWith = (known: LogFacts): Log => {
    const at = (level: LogLevel) => (event: string, facts?: LogFacts) => {
      lines.push({ level, event, facts: { ...known, ...facts } })
    }
    return {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      with: (facts) => logWith({ ...known, ...facts }),
    }
  }
  return { lines, ...logWith({}) }
}
