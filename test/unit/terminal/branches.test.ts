import { expect, test } from 'vitest'
import { type Branch, Branches } from '../../../src/terminal/branches.ts'

/** A branch whose terminal is dialled, served, or done with. */
function branch(handle: number, state: 'dialled' | 'served' | 'done', more: Partial<Branch> = {}): Branch {
  const child = state === 'dialled' ? undefined : { handle, stripe: more.stripe ?? 0, done: state === 'done' }
  const trial = { relay: { ticket: { handle } }, below: [] }
  return { stripe: 0, depth: 1, upstreams: null, trial, child, routeDeadline: undefined, ...more } as unknown as Branch
}

function having(...all: readonly Branch[]): Branches {
  const branches = new Branches()
  for (const one of all) branches.add(one)
  return branches
}

test('who is dialled takes a place as who is served does, and who is done with takes none', () => {
  const branches = having(branch(1, 'dialled'), branch(2, 'served'), branch(3, 'done'))
  expect(branches.served).toBe(2)
  expect(branches.idle).toBe(false)
  expect([1, 2, 3].map((handle) => branches.isExpecting(handle, 0))).toEqual([true, true, false])
  expect([1, 2, 3].map((handle) => branches.isDialling(handle, 0))).toEqual([true, false, false])
  expect([1, 2, 3].map((handle) => branches.find(handle, 0)?.handle)).toEqual([undefined, 2, undefined])
  expect(branches.children().map(({ handle }) => handle)).toEqual([2, 3])
  expect([having(), having(branch(3, 'done'))].map(({ idle }) => idle)).toEqual([true, true])
})

test('a terminal is another child in every stripe', () => {
  const branches = having(branch(1, 'served', { stripe: 1 }), branch(2, 'done', { stripe: 0 }))
  expect([0, 1].map((stripe) => branches.servesIn(stripe))).toEqual([false, true])
  expect([0, 1].map((stripe) => branches.isExpecting(1, stripe))).toEqual([false, true])
  expect([0, 1].map((stripe) => branches.find(1, stripe)?.handle)).toEqual([undefined, 1])
})

test('those who were taken in are told apart while they are served', () => {
  const adopted = (handle: number, state: 'dialled' | 'served' | 'done') => branch(handle, state, { isAdopted: true })
  const branches = having(branch(1, 'served'), adopted(2, 'dialled'), adopted(3, 'served'), adopted(4, 'done'))
  expect(branches.adopted()).toMatchObject([{ handle: 3, stripe: 0 }])
})

test('a branch that is given up takes its child with it', () => {
  const [one, other] = [branch(1, 'served'), branch(2, 'served')]
  const branches = having(one, other)
  const child = branches.find(1, 0)
  if (child === undefined) throw new Error('the child is not served')
  expect(branches.of(child)).toBe(one)
  for (const each of branches.all()) if (each === one) branches.delete(each)
  expect(branches.of(child)).toBeUndefined()
  expect(branches.all()).toEqual([other])
})
