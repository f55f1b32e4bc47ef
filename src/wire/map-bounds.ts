/**
 * A look over MessagePack bytes before a decoder sees them.
 *
 * A decoder sets memory aside for all that an array says it will hold, level by level: a frame of 8 KiB made of nothing but array heads
 * makes it take more than a gigabyte. So the bytes are walked first, without making a value of any of them.
 *
 * Guarantee: of bytes without a fault, a decoder makes no more values than there are bytes, at most MAX_DEPTH levels deep, and meets no
 * extension type. The walk takes time in proportion to the bytes and memory for MAX_DEPTH numbers.
 */

/** One more than the deepest message needs twice over: a transfer's upstreams in an ANSWER are six levels down. */
const MAX_DEPTH = 12

/** First bytes of the forms whose length stands behind them. */
const BIN_8 = 0xc4
const EXT_8 = 0xc7
const FLOAT_32 = 0xca
const FIXEXT_1 = 0xd4
const STR_8 = 0xd9
const ARRAY_16 = 0xdc
const NEGATIVE_FIXINT = 0xe0
/** Bytes behind float 32 and 64, uint 8 to 64, int 8 to 64. */
const NUMBER_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]

/** Why the bytes are not exactly one bounded value; undefined when they are. */
export function faultOfMapBytes(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  /** Values still to come in the levels above this one. */
  const above: number[] = []
  let here = 1
  let at = 0
  for (;;) {
    while (here === 0) {
      const next = above.pop()
      if (next === undefined) return at === bytes.length ? undefined : 'has bytes behind its end'
      here = next
    }
    if (at >= bytes.length) return 'is cut off'
    here -= 1
    const form = bytes[at] as number
    if (isRefused(form)) return `has a value of the form 0x${form.toString(16)}, which no message uses`
    const lengthBytes = lengthBytesOf(form)
    if (at + 1 + lengthBytes > bytes.length) return 'is cut off'
    const length = lengthBytes === 0 ? shortLengthOf(form) : readLength(view, at + 1, lengthBytes)
    at += 1 + lengthBytes
    const values = valuesIn(form, length)
    if (values === undefined) at += length
    else if (values > bytes.length - at) return 'is cut off'
    else {
      if (above.length === MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`
      above.push(here)
      here = values
    }
    if (at > bytes.length) return 'is cut off'
  }
}

/** Extension types, and the one form that means nothing. */
function isRefused(form: number): boolean {
  return form === 0xc1 || (form >= EXT_8 && form < FLOAT_32) || (form >= FIXEXT_1 && form < STR_8)
}

function lengthBytesOf(form: number): 0 | 1 | 2 | 4 {
  if (form >= NEGATIVE_FIXINT || form < BIN_8) return 0
  if (form < EXT_8) return [1, 2, 4][form - BIN_8] as 1 | 2 | 4
  if (form < STR_8) return 0
  if (form < ARRAY_16) return [1, 2, 4][form - STR_8] as 1 | 2 | 4
  return form % 2 === 0 ? 2 : 4
}

/** What a form without a length behind it holds: values of a short array or map, else bytes. */
function shortLengthOf(form: number): number {
  if (form >= 0x80 && form < 0xa0) return form & 0x0f
  if (form >= 0xa0 && form < 0xc0) return form & 0x1f
  if (form >= FLOAT_32 && form < FIXEXT_1) return NUMBER_BYTES[form - FLOAT_32] as number
  return 0
}

/** How many values an array or map of this length holds; undefined for every other form. */
function valuesIn(form: number, length: number): number | undefined {
  if ((form >= 0x80 && form < 0x90) || form === 0xde || form === 0xdf) return 2 * length
  if ((form >= 0x90 && form < 0xa0) || form === ARRAY_16 || form === 0xdd) return length
  return undefined
}

function readLength(view: DataView, at: number, lengthBytes: 1 | 2 | 4): number {
  if (lengthBytes === 1) return view.getUint8(at)
  return lengthBytes === 2 ? view.getUint16(at) : view.getUint32(at)
}
