/**
 * The log on stderr, by pino, written at once and in this process, so that the last line before a crash is there and a single
 * executable needs no worker thread. For people, made readable by pino-pretty:
 *
 *   [2026-01-01 12:00:00.000] INFO: packet refused  terminal=web7 index=12 why="wrong digest"
 *
 * and for machines, one JSON object a line:
 *
 *   {"level":"info","time":"2026-01-01T12:00:00.000Z","facts":{"terminal":"web7","index":12},"event":"packet refused"}
 *
 * Guarantee: whatever an event or a fact holds, it stays on its line, is of bounded length and cannot steer the terminal.
 */

import { type Logger, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Clock } from './clock.ts'
import { escapeText } from './escape-text.ts'
import { factText, factValues } from './fact-text.ts'
import { type LineTaker, type Log, type LogLevel, logOf } from './log.ts'
import { systemClock } from './real-clock.ts'

export type LogFormat = 'text' | 'json'

export interface LogOptions {
  /** The least important level that is written. */
  readonly level: LogLevel
  readonly format?: LogFormat
  readonly colour: boolean
  readonly stream?: { write(text: string): unknown }
  readonly clock?: Clock
}

/** A log whose level may change while it is in use, also for what with() made of it. */
export interface LevelledLog extends Log {
  setLevel(level: LogLevel): void
}

export function createLog({
  level,
  format = 'text',
  colour,
  stream = process.stderr,
  clock = systemClock,
}: LogOptions): LevelledLog {
  const write = format === 'json' ? jsonLines({ level, stream, clock }) : textLines({ level, colour, stream, clock })
  const { logger } = write
  const log = logOf((lineLevel, event, facts) => {
    if (logger.isLevelEnabled(lineLevel)) write.line(lineLevel, event, facts)
  })
  return {
    ...log,
    setLevel: (next) => {
      logger.level = next
    },
  }
}

interface LineWriter {
  readonly logger: Logger
  readonly line: LineTaker
}

type LineOptions = Required<Omit<LogOptions, 'format'>>

function textLines({ level, colour, stream, clock }: LineOptions): LineWriter {
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
  const line: LineWriter['line'] = (lineLevel, event, facts) =>
    logger[lineLevel]({ facts: factText(facts) }, escapeText(event))
  return { logger, line }
}

function jsonLines({ level, stream, clock }: Omit<LineOptions, 'colour'>): LineWriter {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void stream.write(`${escapeJson(line.trimEnd())}\n`) },
  )
  const line: LineWriter['line'] = (lineLevel, event, facts) => logger[lineLevel]({ facts: factValues(facts) }, event)
  return { logger, line }
}

/** JSON lets control characters above U+007E and those without a shape stand as they are; a screen must not. */
function escapeJson(json: string): string {
  return json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (unsafe) =>
    unsafe.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}

function lineText(line: Record<string, unknown>): string {
  return line.facts ? `${line.msg}  ${line.facts}` : String(line.msg)
}
