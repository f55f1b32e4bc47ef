/** What all transfers at one terminal work with: its clock, files, inbox, state, links, and the parts that they share. */

import type { Inbox } from '../content/inbox.ts'
import type { VerifyBytes } from '../seal/packet-table-codec.ts'
import type { Clock } from '../system/clock.ts'
import type { Files } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import type { Meter } from '../system/meter.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { Hooks } from './hooks.ts'
import type { MainClock } from './main-clock.ts'
import type { PublicationTimes } from './publication-times.ts'
import type { Reports } from './reports.ts'
import type { SendLimit } from './send-limit.ts'
import type { SocketControl } from './socket-control.ts'
import type { StateFile } from './state-file.ts'
import type { Turns } from './turns.ts'

export interface TerminalMeans {
  readonly clock: Clock
  readonly files: Files
  readonly log: Log
  readonly meter: Meter
  readonly inbox: Inbox
  readonly state: StateFile
  readonly sockets: SocketControl
  readonly reports: Reports
  /** Signs a receipt with this terminal's key. */
  readonly signReceipt: (payload: Uint8Array) => SignedBytes
  readonly verifyTable: VerifyBytes
  readonly publishing: Turns
  readonly times: Pick<PublicationTimes, 'schedule' | 'forget'>
  readonly mainClock: Pick<MainClock, 'now'>
  readonly hooks: Pick<Hooks, 'wants' | 'run'>
  /** How fast all transfers here may send together. Default: no limit. */
  readonly sendLimit?: SendLimit | undefined
}
