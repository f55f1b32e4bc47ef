import { describe, expect, test } from 'vitest'
import { cached } from '../../../src/registry/statement-cache.ts'

describe('kept statements', () => {
  test('are prepared once, until too many others were used since', () => {
    const prepared: string[] = []
    const prepare = cached((text) => prepared.push(text) && { text }, 2)
    for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) expect(prepare(text)).toEqual({ text })
    expect(prepared).toEqual(['a', 'b', 'c', 'b'])
  })
})
