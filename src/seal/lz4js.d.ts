/** The part of lz4js that treecast uses: its block compressor. Its frame API and its decoder are unsafe on damaged input. */

declare module 'lz4js' {
  /** The most bytes that compressing `plainBytes` bytes can give. */
  export function compressBound(plainBytes: number): number

  /**
   * Compresses `plain[start, start + length)` into `target` from 0 on.
   * @param hashTable 65,536 entries, all zero: anything left from other bytes corrupts the output
   * @returns bytes written; 0 when nothing repeats
   */
  export function compressBlock(
    plain: Uint8Array,
    target: Uint8Array,
    start: number,
    length: number,
    hashTable: Uint32Array,
  ): number
}
