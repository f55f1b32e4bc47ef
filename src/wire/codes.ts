/**
 * The numbers that stand on the wire and in packet tables for what a packet is and how it was sealed. Never renumbered: a new meaning
 * takes a new number.
 */

/** What a packet's bytes are restructured to first (US 8,495,167, column 6). */
export const BASE_TYPE = { content: 1, entryList: 2, packetTable: 3 } as const
export type BaseType = (typeof BASE_TYPE)[keyof typeof BASE_TYPE]

/** What the base type's bytes mean once they are there. `opaque`: whatever the manifest says. */
export const ORIENTED_TYPE = {
  opaque: 0,
  /** Bytes of one file. */
  file: 1,
  /** Bytes of several files in the order of their entries. */
  files: 2,
  /** Encoded entries. */
  entries: 3,
  /** One segment's packet table. */
  segment: 4,
} as const
export type OrientedType = (typeof ORIENTED_TYPE)[keyof typeof ORIENTED_TYPE]

export const COMPRESSION = { none: 0, zstd: 1, lz4: 2 } as const
export type Compression = (typeof COMPRESSION)[keyof typeof COMPRESSION]

/** `none` is for packet tables, which are signed and not secret; content is always sealed. */
export const CIPHER = { none: 0, 'aes-256-gcm': 1, 'xsalsa20-poly1305': 2 } as const
export type Cipher = (typeof CIPHER)[keyof typeof CIPHER]
export type SealingCipher = Exclude<Cipher, typeof CIPHER.none>

/** How a content is cut into packets: all of one length, or where its bytes say (seal/packet-cuts.ts). */
export const CUTS = ['fixed', 'content'] as const
export type Cut = (typeof CUTS)[number]

/** Whether a number from a peer is one of the numbers of `codes`. */
export function isCode<Code extends number>(codes: Readonly<Record<string, Code>>, number: number): number is Code {
  return Object.values<number>(codes).includes(number)
}
