/**
 * The log as lines for people on stderr: pino, made readable by pino-pretty in this process and written at once, so that the last
 * line before a crash is there and a single executable needs no worker thread.
 *
 *   [2026-01-01 12:00:00.000] INFO: packet refused  terminal=web7 index=12 why="wrong digest"
 *
 * Guarantee: whatever an event or a fact holds, it stays on its line, is of bounded length and cannot steer the terminal.
 */

import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Clock } from './clock.ts'
import { escapeText } from './escape-text.ts'
import { factText } from './fact-text.ts'
import type { Log, LogFacts, LogLevel } from './log.ts'
import { systemClock } from './real-clock.ts'

export interface LogOptions {
  /** The least important level that is written. */
  readonly level: LogLevel
  readonly colour: boolean
  readonly stream?: { write(text: string): unknown }
  readonly clock?: Clock
}

export function createLog({ level, colour, stream = process.stderr, clock = systemClock }: LogOptions): Log {
  const pretty = prettyFactory({
    colorize: colour,
    hideObject: true,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    messageFormat: (line) => lineText(line),
  })
  const logger = pino(
    { level, base: null, timestamp: () => `,"time":${clock.now()}` },
    { write: (line: string) => void stream.write(pretty(line)) },
  )
  const logWith = (known: LogFacts): Log => {
    const at = (lineLevel: LogLevel) => (event: string, facts?: LogFacts) => {
      if (logger.isLevelEnabled(lineLevel))
        logger[lineLevel]({ facts: factText({ ...known, ...facts }) }, escapeText(event))
    }
    return {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      with: (facts) => logWith({ ...known, ...facts }),
    }
  }
  return logWith({})
}

function lineText(line: Record<string, unknown>): string {
  return line.facts ? `${line.msg}  ${line.facts}` : String(line.msg)
}
