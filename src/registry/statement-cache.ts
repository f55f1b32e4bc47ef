/**
 * Prepared statements by their SQL text, kept for the next query of the same text: preparing one costs several times its run, and the
 * registry asks the same few dozen questions over and over. Bounded: texts differ with the number of rows in an INSERT.
 *
 * A kept statement must not be in use twice at once: query with execute(), never with stream().
 */

/** How many statements a connection keeps. */
const KEPT_STATEMENTS = 200

/** @returns `prepare`, answering from the statements it has prepared before; the one not used for longest goes first */
export function cached<Statement>(
  prepare: (text: string) => Statement,
  limit = KEPT_STATEMENTS,
): (text: string) => Statement {
  const kept = new Map<string, Statement>()
  return (text) => {
    const statement = kept.get(text) ?? prepare(text)
    kept.delete(text)
    kept.set(text, statement)
    if (kept.size > limit) {
      const [oldest] = kept.keys()
      if (oldest !== undefined) kept.delete(oldest)
    }
    return statement
  }
}
