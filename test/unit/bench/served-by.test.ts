import { expect, test } from 'vitest'
import type { TransferSnapshot } from '../../../src/wire/snapshot.ts'
import { servedBy } from '../../bench/served-by.ts'

const snapshot = (upstreams: readonly (number | null)[]) =>
  ({
    terminals: upstreams.map((upstream, k) => ({ handle: k + 1, name: `t${k + 1}`, upstreams: [upstream] })),
  }) as unknown as TransferSnapshot

test('only those who changed are named, with whom they had and have above them', () => {
  expect(servedBy(snapshot([0, 1, 1]), snapshot([0, 0, 2]))).toBe('t2 from t1 to the main server; t3 from t1 to t2')
  expect(servedBy(snapshot([0, 1]), snapshot([null, 1]))).toBe('t1 from the main server to nobody')
  expect(servedBy(snapshot([0, 1]), snapshot([0, 1]))).toBe('nobody changed')
})
