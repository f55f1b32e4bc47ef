import { describe, expect, test } from 'vitest'
import { wordsForYargs } from '../../../src/cli/command-words.ts'

describe('the words of a command line', () => {
  test.each([
    ['push - --dest a', 'push /dev/stdin --dest a'],
    ['push --quiet -', 'push --quiet /dev/stdin'],
    ['push --join - file', 'push --join - file'],
    ['push --dest - file', 'push --dest - file'],
    ['push --quiet=yes --json=0 --force=TRUE', 'push --quiet=true --json=false --force=true'],
    ['push --dest=yes --exclude=1', 'push --dest=yes --exclude=1'],
    ['push --to all -- -dash', 'push --to all ./-dash'],
    ['push -- --quiet=1 a', 'push ./--quiet=1 a'],
    ['help push', 'push --help'],
    ['push -h', 'push --help'],
    ['push --to all -- -h', 'push --to all ./-h'],
    ['push --dest a -- -', 'push --dest a /dev/stdin'],
  ])('%s are read as %s', (line, read) => {
    expect(wordsForYargs(line.split(' '), 'push').join(' ')).toBe(read)
  })

  test('are those of their command: what one calls a list is a flag of another', () => {
    expect(wordsForYargs(['rank', '--exclude=1'], 'rank')).toEqual(['rank', '--exclude=true'])
    expect(() => wordsForYargs(['rank', '--exclude=web1'], 'rank')).toThrow(
      "--exclude is 'web1', but must be true or false",
    )
  })
})
