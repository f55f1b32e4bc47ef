/** Why a content could not be taken, in words that say what to do: what the system's own errors do not. Pure. */

import { codeOf } from '../system/errors.ts'
import { type Reason, reason, reasonOf } from '../wire/reason.ts'

/** What the system says to who may not change a folder or a file: modes, attributes, a disk that is mounted to be only read. */
const FORBIDDEN: readonly string[] = ['EACCES', 'EPERM', 'EROFS']

export interface FailedDelivery {
  /** Of the terminal. */
  readonly name: string
  readonly inboxFolder: string
  readonly destination: string
}

/** What operators get to read; an error that says what to do, in its own words. */
export function failureReason(error: unknown, { name, inboxFolder, destination }: FailedDelivery): Reason {
  const code = codeOf(error)
  if (code === 'ENOSPC') {
    const message = `the disk of terminal ${name} is full: free space in ${inboxFolder} there, or push with --to '!${name}'`
    return reason('E_NO_SPACE', message)
  }
  if (FORBIDDEN.includes(code)) {
    const message = `terminal ${name} may not put ${destination} into ${inboxFolder} (${code}): change what protects it there, or push with another --dest`
    return reason('E_INBOX', message)
  }
  return reasonOf(error)
}
