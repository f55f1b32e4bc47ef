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

/** Drops everything. */
export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {}, with: () => silentLog }
