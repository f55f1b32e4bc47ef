/**
 * The commands that a terminal's owner wants run when content has gone live or was taken out. Set where the terminal is started, never by
 * who pushes; what the pusher chose reaches them in the environment only.
 *
 *   switch committed, hook due ──► waiting ──one at a time for each destination──► running ──► ended: reported, no longer due
 *
 * At least once: a hook that a crash or the terminal's end interrupted runs again at the next start, three times at most, so that one which
 * restarts its own terminal comes to an end.
 */

import { join } from 'node:path'
import type { CommandOutcome, Commands, RunningCommand } from '../system/commands.ts'
import { messageOf } from '../system/errors.ts'
import { escapeText } from '../system/escape-text.ts'
import type { Log } from '../system/log.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Reason } from '../wire/reason.ts'
import { decodeReceipt } from '../wire/signed-documents.ts'
import type { KeptReceipt } from './receipt-outbox.ts'
import type { Reports } from './reports.ts'
import type { StateFile } from './state-file.ts'
import type { HookEvent } from './state-schema.ts'

export type HookCommands = Readonly<Partial<Record<HookEvent, string>>>

export interface Hook {
  readonly transfer: number
  readonly event: HookEvent
  readonly destination: string
}

export interface HooksOptions {
  readonly commands: Commands
  readonly hooks: HookCommands
  readonly inboxFolder: string
  readonly state: Pick<StateFile, 'hooks' | 'outbox'>
  readonly reports: Pick<Reports, 'receipt'>
  readonly log: Log
}

/** Of different destinations. */
const MOST_RUNNING = 4
const MOST_TRIES = 3
/** What is told of a command's output. */
const TOLD_LINES = 10
const TOLD_CHARACTERS = 600

export class Hooks {
  readonly #options: HooksOptions
  readonly #waiting: Hook[] = []
  /** By destination; undefined before the command has started. */
  readonly #running = new Map<string, RunningCommand | undefined>()
  #stopped = false

  constructor(options: HooksOptions) {
    this.#options = options
  }

  wants(event: HookEvent): boolean {
    return this.#options.hooks[event] !== undefined
  }

  /** The switch is committed, and with it that this hook is due. */
  run(hook: Hook): void {
    if (!this.wants(hook.event)) return
    this.#waiting.push(hook)
    this.#startNext()
  }

  /** After a start: what was interrupted runs again. */
  async resume(): Promise<void> {
    for (const hook of this.#options.state.hooks.due()) {
      // The owner wants it no more.
      if (!this.wants(hook.event)) await this.#options.state.hooks.end(hook.transfer, hook.event, undefined)
      else this.run(hook)
    }
  }

  stop(): void {
    this.#stopped = true
    for (const command of this.#running.values()) command?.stop()
  }

  #startNext(): void {
    if (this.#stopped || this.#running.size >= MOST_RUNNING) return
    const at = this.#waiting.findIndex(({ destination }) => !this.#running.has(destination))
    const [hook] = at < 0 ? [] : this.#waiting.splice(at, 1)
    if (hook === undefined) return
    this.#running.set(hook.destination, undefined)
    this.#runOne(hook)
      .catch((error: unknown) =>
        this.#options.log.error('a hook could not be run', { ...hook, error: messageOf(error) }),
      )
      .finally(() => {
        this.#running.delete(hook.destination)
        this.#startNext()
      })
    this.#startNext()
  }

  async #runOne(hook: Hook): Promise<void> {
    const { state, reports, log } = this.#options
    const { transfer, event } = hook
    const tries = await state.hooks.begin(transfer, event)
    const receipt = state.outbox.lastReceipt(transfer)
    if (tries === 0 || receipt === undefined) return
    const { contentDigest } = decodeReceipt(receipt.payload)
    const outcome = tries > MOST_TRIES ? undefined : await this.#execute(hook, contentDigest)
    if (this.#stopped) return
    const error = outcome === undefined ? INTERRUPTED[event] : describeOutcome(event, outcome)
    if (error !== null) log.warn('a hook failed', { transfer, event, error: error.message })
    const report: KeptReceipt = { transfer, state: `${event}Hook`, receipt, error }
    await state.hooks.end(transfer, event, report)
    reports.receipt(report)
  }

  #execute({ transfer, event, destination }: Hook, contentDigest: Uint8Array): Promise<CommandOutcome> {
    const { commands, hooks, inboxFolder } = this.#options
    if (this.#stopped) return new Promise(() => undefined)
    const command = commands.start({
      command: hooks[event] ?? '',
      environment: {
        TREECAST_EVENT: event,
        TREECAST_TRANSFER: String(transfer),
        TREECAST_PATH: join(inboxFolder, destination),
        TREECAST_DESTINATION: destination,
        TREECAST_CONTENT_DIGEST: Buffer.from(contentDigest).toString('hex'),
      },
      deadlineMs: LIMITS.hookMs,
    })
    this.#running.set(destination, command)
    return command.ended
  }
}

const INTERRUPTED: Readonly<Record<HookEvent, Reason>> = {
  activate: interruptedOf('activate'),
  deactivate: interruptedOf('deactivate'),
}

function interruptedOf(event: HookEvent): Reason {
  const message = `its --on-${event} command was interrupted ${MOST_TRIES} times by the end of its terminal`
  return { code: 'E_HOOK_FAILED', message }
}

/** What an operator is told of it; null when it went well. */
function describeOutcome(event: HookEvent, { end, exitCode, output }: CommandOutcome): Reason | null {
  if (end === 'exited' && exitCode === 0) return null
  const how = {
    exited: `ended with exit code ${exitCode}`,
    killed: 'was killed',
    late: `took longer than ${LIMITS.hookMs / 60_000} minutes and was ended`,
    unstarted: 'could not be started',
  }[end]
  const said = lastLines(output)
  const message = `its --on-${event} command ${how}${said === '' ? '' : `: ${said}`}`
  return { code: end === 'late' ? 'E_HOOK_DEADLINE' : 'E_HOOK_FAILED', message }
}

function lastLines(output: string): string {
  const lines = output.trimEnd().split('\n').slice(-TOLD_LINES)
  return escapeText(lines.join('\n')).slice(-TOLD_CHARACTERS)
}
