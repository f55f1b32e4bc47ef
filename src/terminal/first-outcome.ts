/**
 * What the first transfer came to that ended at this terminal, for `relay --once`.
 *
 * Guarantee: a success is known only once the main server has its receipts: whoever ends the process then leaves nothing untold.
 */

/** What a transfer came to at this terminal. */
export interface TransferOutcome {
  readonly transfer: number
  readonly destination: string
  /** Undefined when the content is in the inbox, and everyone whom this terminal serves has it. */
  readonly error: { readonly code: string; readonly message: string } | undefined
}

export class FirstOutcome {
  readonly #known = Promise.withResolvers<TransferOutcome>()
  /** Receipts that the main server has not confirmed. */
  readonly #outbox: () => readonly { readonly transfer: number }[]
  #first: TransferOutcome | undefined

  constructor(outbox: () => readonly { readonly transfer: number }[]) {
    this.#outbox = outbox
  }

  get known(): Promise<TransferOutcome> {
    return this.#known.promise
  }

  ended(outcome: TransferOutcome): void {
    this.#first ??= outcome
    this.look()
  }

  /** A receipt was confirmed: it may have been the last. */
  look(): void {
    const first = this.#first
    if (first === undefined) return
    const isTold = () => this.#outbox().every(({ transfer }) => transfer !== first.transfer)
    if (first.error !== undefined || isTold()) this.#known.resolve(first)
  }
}
