/** The log as an argument. One line an event: a short text and its facts. Facts that came from a peer are escaped by the writer. */

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

export type LogFacts = Readonly<Record<string, unknown>>

export interface Log {
  error(event: string, facts?: LogFacts): void
  warn(event: string, facts?: LogFacts): void
  info(event: string, facts?: LogFacts): void
  debug(event: string, facts?: LogFacts): void
  /** A log that adds `facts` to every line. */
  with(facts: LogFacts): Log
}

/** Takes a line with all its facts: those of with() first. */
export type LineTaker = (level: LogLevel, event: string, facts: LogFacts) => void

/** A log that hands each of its lines to `take`; `known` are facts that every line has. */
export function logOf(take: LineTaker, known: LogFacts = {}): Log {
  const at = (level: LogLevel) => (event: string, facts?: LogFacts) => take(level, event, { ...known, ...facts })
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    with: (facts) => logOf(take, { ...known, ...facts }),
  }
}

/** Drops everything. */
export const silentLog: Log = logOf(() => undefined)
