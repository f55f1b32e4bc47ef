import { expect, test } from 'vitest'
import { closestWord, didYouMean } from '../../../src/system/closest-word.ts'

test.each([
  ['pusj', 'push'],
  ['PUSH', 'push'],
  ['rnak', 'rank'],
  ['throw', undefined],
  ['x', undefined],
  ['', undefined],
  ['x'.repeat(300), undefined],
])('who wrote %j most likely meant %j', (word, meant) => {
  expect(closestWord(word, ['push', 'rank', 'status'])).toBe(meant)
})

test('the hint is a sentence, or nothing', () => {
  expect(didYouMean('web11', ['web1', 'db'])).toBe(' Did you mean web1?')
  expect(didYouMean('mail', ['web1', 'db'])).toBe('')
})
