import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The bytes in test/golden/NAME: hexadecimal digits, any white space, and comments from `#` to the end of a line. */
export function readGolden(name: string): Uint8Array {
  const text = readFileSync(resolve(import.meta.dirname, '../../golden', name), 'utf8')
  return Uint8Array.from(Buffer.from(text.replaceAll(/#.*/g, '').replaceAll(/\s/g, ''), 'hex'))
}
