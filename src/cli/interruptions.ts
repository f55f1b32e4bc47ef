/**
 * Ctrl-C and SIGTERM: the first asks the running command to end cleanly, the second ends the process at once.
 */

export interface Interruptions {
  /** Sets what the first interruption runs; the latest call counts. One that has already come runs it at once. */
  onFirst(run: () => void): void
  /** As if a signal had come: for a key that stands for one while the screen takes the keys. */
  raise(): void
  /** Whether one has come. */
  readonly interrupted: boolean
}

/** The part of a process that sends signals. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', run: () => void): unknown
}

/**
 * Listens to the signals of `source`.
 * @param atOnce ends the process; called on the second interruption, and on the first while nobody has asked to hear of it, which it is told
 */
export function listenToInterruptions(source: SignalSource, atOnce: (isFirst: boolean) => void): Interruptions {
  let count = 0
  let first: (() => void) | undefined
  const heard = () => {
    count += 1
    if (count === 1 && first !== undefined) first()
    else atOnce(count === 1)
  }
  source.on('SIGINT', heard)
  source.on('SIGTERM', heard)
  return {
    onFirst(run) {
      first = run
      if (count > 0) run()
    },
    raise: heard,
    get interrupted() {
      return count > 0
    },
  }
}
