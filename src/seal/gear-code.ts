/**
 * The inner loop of content-defined cuts, as WebAssembly: it looks at every byte, and goes at full speed from the first one on. The same
 * loop in JavaScript takes the runtime up to fifteen times as long until its optimising compiler comes to it.
 *
 *   memory   0: gear table, 256 × i32     1024: the bytes
 *
 *   cut(at, normal, end, strict, loose):
 *     while at < end
 *       hash = (hash << 1) + gear[bytes[at]]
 *       at = at + 1
 *       if (hash & (at <= normal ? strict : loose)) == 0, return at
 *     return end
 */

const GET_AT = [0x20, 0]
const GET_NORMAL = [0x20, 1]
const GET_END = [0x20, 2]
const GET_STRICT = [0x20, 3]
const GET_LOOSE = [0x20, 4]
const GET_HASH = [0x20, 5]
const TEE_AT = [0x22, 0]
const TEE_HASH = [0x22, 5]
const ONE = [0x41, 1]
const TWO = [0x41, 2]
const LOAD_BYTE = [0x2d, 0, 0x80, 0x08]
const LOAD_GEAR = [0x28, 2, 0]
const SHIFT_LEFT = [0x74]
const ADD = [0x6a]
const AND = [0x71]
const IS_ZERO = [0x45]
const AT_LEAST = [0x4f]
const AT_MOST = [0x4d]
const SELECT = [0x1b]
const LOOP = [0x03, 0x40]
const IF = [0x04, 0x40]
const RETURN = [0x0f]
const AGAIN = [0x0c, 0]
const UNREACHABLE = [0x00]
const END = [0x0b]

const ONE_LOCAL = [1, 1, 0x7f]
const CUT = [
  ONE_LOCAL,
  LOOP,
  [GET_AT, GET_END, AT_LEAST, IF, GET_END, RETURN, END],
  [GET_HASH, ONE, SHIFT_LEFT, GET_AT, LOAD_BYTE, TWO, SHIFT_LEFT, LOAD_GEAR, ADD, TEE_HASH],
  [GET_STRICT, GET_LOOSE, GET_AT, ONE, ADD, TEE_AT, GET_NORMAL, AT_MOST, SELECT],
  [AND, IS_ZERO, IF, GET_AT, RETURN, END],
  [AGAIN, END, UNREACHABLE, END],
].flat(2)

const I32 = 0x7f
const TYPES = [1, 0x60, 5, I32, I32, I32, I32, I32, 1, I32]
const FUNCTIONS = [1, 0]
const MEMORIES = [1, 0, 1]
const named = (name: string) => [name.length, ...Buffer.from(name)]
const EXPORTS = [2, ...named('cut'), 0, 0, ...named('memory'), 2, 0]
const section = (id: number, body: readonly number[]) => [id, body.length, ...body]

const MODULE = Uint8Array.from([
  ...[...Buffer.from('\0asm'), 1, 0, 0, 0],
  ...section(1, TYPES),
  ...section(3, FUNCTIONS),
  ...section(5, MEMORIES),
  ...section(7, EXPORTS),
  ...section(10, [1, CUT.length, ...CUT]),
])

const GEAR_BYTES = 1024
const PAGE_BYTES = 65_536

export interface GearBounds {
  /** No cut comes before these. */
  readonly leastBytes: number
  readonly normalBytes: number
  /** What the hash must not have for a cut: up to the normal size, and behind it. */
  readonly masks: { readonly strict: number; readonly loose: number }
}

export interface GearCode {
  /** How many of `bytes`, of which there are no more than the memory is for, come before the first cut; all when there is none. */
  cut(bytes: Uint8Array, bounds: GearBounds): number
}

/** With memory of its own, for up to `mostBytes` at a time. */
export function createGearCode(gear: Int32Array, mostBytes: number): GearCode {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE))
  const memory = exports.memory as WebAssembly.Memory
  const run = exports.cut as (at: number, normal: number, end: number, strict: number, loose: number) => number
  memory.grow(Math.ceil((GEAR_BYTES + mostBytes) / PAGE_BYTES))
  const view = new Uint8Array(memory.buffer)
  new Int32Array(memory.buffer).set(gear)
  return {
    cut(bytes, { leastBytes, normalBytes, masks }) {
      if (bytes.length <= leastBytes) return bytes.length
      view.set(bytes.subarray(leastBytes), GEAR_BYTES + leastBytes)
      return run(leastBytes, normalBytes, bytes.length, masks.strict, masks.loose)
    },
  }
}
