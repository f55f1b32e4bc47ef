import { expect, test } from 'vitest'
import { operatorName } from '../../../src/cli/operator-session.ts'
import { assertNodeName } from '../../../src/registry/node-name.ts'

test.each([
  ['laptop.example', 'laptop.example'],
  ["Anna's MacBook", 'Anna-s-MacBook'],
  ['_build', 'build'],
  ['書斎', 'operator'],
  ['ALL', 'operator'],
  ['', 'operator'],
  ['a'.repeat(300), 'a'.repeat(253)],
])('an operator on the host %j is called %j', (hostName, name) => {
  expect(operatorName(hostName)).toBe(name)
  expect(() => assertNodeName('operator', name)).not.toThrow()
})
