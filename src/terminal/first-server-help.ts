/**
 * When a first server helps: sends a child, if held, what is not of the child's own stripe. Pure: the time is given.
 *
 * All of the content goes over a first server's line once, which takes as long as the transfer does. What goes twice meanwhile comes to one
 * terminal sooner and to all others later; and when that makes the other stripes late, every child asks for more of it. So it helps only
 * once a child has asked for all of its own stripe, and those that share the line as fairly should have been done too: whoever is
 * not by then has a slow line, which is no reason to let this one idle.
 */

/** By so much longer than the quickest of those that share a line may another take: their shares are never quite equal. */
const PATIENCE = 1.25

export class FirstServerHelp<Child extends object> {
  #startedAtMs: number | undefined
  /** When a child first had nothing of its own stripe to ask for. */
  readonly #idleSinceMs = new Map<Child, number>()

  /** A child asks for packets of its stripe. */
  asked(child: Child, nowMs: number): void {
    this.#startedAtMs ??= nowMs
    // What looked like its end was only the end of what was known of the content.
    this.#idleSinceMs.delete(child)
  }

  /** A child asks for packets that are not of its stripe. @returns whether it may have them now */
  mayHave(child: Child, nowMs: number): boolean {
    const startedAtMs = this.#startedAtMs ?? nowMs
    if (!this.#idleSinceMs.has(child)) this.#idleSinceMs.set(child, nowMs)
    const quickestMs = Math.min(...this.#idleSinceMs.values()) - startedAtMs
    return nowMs - startedAtMs > quickestMs * PATIENCE
  }
}
