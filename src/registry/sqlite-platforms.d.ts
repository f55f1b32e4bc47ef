/** better-sqlite3's platform entries, for which there are no types; sqlite-driver.ts says what they are. */

declare module 'better-sqlite3/*' {
  const entry: unknown
  export default entry
}
