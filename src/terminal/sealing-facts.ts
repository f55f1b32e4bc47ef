/** What sealing and opening a transfer's packets takes, beside the packet itself. */

import type { SealingCipher } from '../wire/codes.ts'

export interface SealingFacts {
  readonly transfer: number
  /** 32 bytes. */
  readonly key: Uint8Array
  readonly cipher: SealingCipher
}
