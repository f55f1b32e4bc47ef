/** What the owner of a main server decides, read at each use: it may change while the main server runs. */
export interface ServerPolicy {
  /** How many terminals each terminal serves in one tree, where an operator does not say; undefined for what suits the content. */
  readonly fanOut: number | undefined
  /** How many bytes of contents the library may hold; undefined for as many as the disk has room for. */
  readonly libraryQuotaBytes?: number | undefined
  /** How long it keeps, after a push, what everybody has; undefined for LIMITS.libraryAgeMs. */
  readonly libraryAgeMs?: number | undefined
}
