import { describe, expect, test } from 'vitest'
import { FirstServerHelp } from '../../../src/terminal/first-server-help.ts'

const START_MS = 5_000
const [FAST, SLOW] = [{}, {}]

/** Both have asked for packets of their stripes. */
function begun() {
  const help = new FirstServerHelp<object>()
  help.asked(FAST, START_MS)
  help.asked(SLOW, START_MS)
  return help
}

describe('a first server that is asked for what is not of the stripe', () => {
  test('gives nothing before a child has asked for all of its own', () => {
    const help = new FirstServerHelp<object>()
    expect(help.mayHave(FAST, START_MS)).toBe(false)
    help.asked(FAST, START_MS)
    expect(help.mayHave(FAST, START_MS)).toBe(false)
  })

  test('gives it when the others of the line had a quarter more time than the quickest', () => {
    const help = begun()
    expect(help.mayHave(FAST, START_MS + 1000)).toBe(false)
    expect(help.mayHave(FAST, START_MS + 1250)).toBe(false)
    expect(help.mayHave(FAST, START_MS + 1251)).toBe(true)
    expect(help.mayHave(SLOW, START_MS + 1251)).toBe(true)
  })

  test('takes the end of what was known for no end', () => {
    const help = begun()
    expect(help.mayHave(FAST, START_MS + 10)).toBe(false)
    help.asked(FAST, START_MS + 12)
    expect(help.mayHave(SLOW, START_MS + 2000)).toBe(false)
    expect(help.mayHave(FAST, START_MS + 2400)).toBe(false)
    expect(help.mayHave(FAST, START_MS + 2501)).toBe(true)
  })
})
