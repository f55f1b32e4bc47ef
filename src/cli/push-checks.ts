/** What is wrong with a push already on its command line, told before anything is dialled or started. */

import { STANDARD_INPUT } from './command-words.ts'
import type { Invocation } from './invocation.ts'
import type { PUSH_OPTIONS } from './option-tables.ts'
import { readDeadline } from './push-deadline.ts'
import { pushRequest, readQuantities } from './push-request.ts'
import { openSource } from './push-source.ts'
import { usageError } from './usage-error.ts'

type PushInvocation = Invocation<typeof PUSH_OPTIONS>

/** @throws E_USAGE for options that do not go together, and for no PATH */
export function assertPushOptions(settings: PushInvocation['settings'], paths: readonly string[]): void {
  if (settings.cancel !== undefined && paths.length > 0) throw usageError('--cancel takes a transfer and no PATH')
  if (settings.direct) assertDirect(settings, paths)
  if (settings.expect !== undefined && !settings['ad-hoc']) throw usageError('--expect goes with --ad-hoc')
  if (settings['ad-hoc'] && settings.detach)
    throw usageError('--ad-hoc serves from here until the end: leave --detach out, or --ad-hoc')
  if (settings.cancel === undefined && paths.length === 0)
    throw usageError('say what to push: treecast push PATH, or - for standard input')
  if (paths.includes('')) throw usageError('a PATH is empty: is a variable not set?')
}

/** A direct push serves what can be read more than once, from here, and to the end. */
function assertDirect({ from, detach }: PushInvocation['settings'], paths: readonly string[]): void {
  if (from !== undefined)
    throw usageError('--direct sends from here, and --from from a terminal: leave one of them out')
  if (detach) throw usageError('--direct sends from here until the end: leave --detach out, or --direct')
  if (paths.includes(STANDARD_INPUT))
    throw usageError(
      '--direct reads what it sends more than once, and standard input gives it once: leave --direct out',
    )
}

/** Tells of a mistake before others are asked to join, and not when all of them have. @throws what the push itself would */
export async function assertPushable({ settings, shell }: PushInvocation, paths: readonly string[]): Promise<void> {
  const quantities = readQuantities(settings)
  readDeadline(settings.deadline, settings)
  const source = await openSource(paths, settings, shell)
  try {
    pushRequest(source, settings, { ...quantities, path: paths[0] ?? '' })
  } finally {
    // Standard input is there once, and not read yet.
    if (!paths.includes(STANDARD_INPUT)) await source.close()
  }
}
