/**
 * Names of terminals and operators. They stand in selectors, shell commands and file names, so they are host names and little else:
 * ASCII letters and digits, then also `.`, `-` and `_`. Upper and lower case are the same name.
 */

import { TreecastError } from '../system/errors.ts'

const NODE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/

/** Words that mean something else: every terminal in a selector, and first servers where upstreams are named. */
const RESERVED = { terminal: /^(all|main|pusher)$/i, operator: /^all$/i } as const

/** @throws E_NAME */
export function assertNodeName(role: keyof typeof RESERVED, name: string): void {
  if (NODE_NAME.test(name) && !RESERVED[role].test(name)) return
  const message =
    `${JSON.stringify(name.slice(0, 300))} cannot name a node. ` +
    'A name has up to 253 letters, digits, ".", "-" and "_", starts with a letter or digit, and is not "all", "main" or "pusher": choose one with --name.'
  throw new TreecastError('E_NAME', message)
}
