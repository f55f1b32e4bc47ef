import { expect, test } from 'vitest'
import {
  changedLabels,
  effectiveLabels,
  isGroupName,
  labelsOf,
  labelTexts,
  parseLabel,
} from '../../../src/wire/labels.ts'

test.each([
  ['role=web', { key: 'role', value: 'web' }],
  ['a.b-c_d=1.2+3:x', { key: 'a.b-c_d', value: '1.2+3:x' }],
  ['role=', { key: 'role', value: '' }],
  ['role', undefined],
  ['=web', undefined],
  ['ro le=web', undefined],
  ['role=we,b', undefined],
  ['role=a=b', undefined],
  ['role=*', undefined],
  [`${'k'.repeat(64)}=v`, undefined],
])('%s is read as %j', (text, label) => expect(parseLabel(text)).toEqual(label))

test('labels go to texts and back; of one key the last counts', () => {
  expect(labelTexts(labelsOf(['b=2', 'a=1', 'b=3', 'nonsense']))).toEqual(['a=1', 'b=3'])
  expect(Object.keys(labelsOf(['__proto__=x', 'constructor=y']))).toEqual(['constructor'])
})

test("an operator's label counts before the terminal's own, and an empty one takes it away", () => {
  const own = { role: 'db', site: 'north' }
  expect(effectiveLabels(own, { role: 'web' })).toEqual({ role: 'web', site: 'north' })
  expect(effectiveLabels(own, { role: '' })).toEqual({ site: 'north' })
  expect(changedLabels({ a: '1' }, { role: '', a: '', b: '2' }, own)).toEqual({ role: '', b: '2' })
})

test.each([
  ['canary', true],
  ['a.b-c', true],
  ['@canary', false],
  ['', false],
])('%j is a group: %s', (name, is) => expect(isGroupName(name)).toBe(is))
