/** `rank --probe` over real connections: terminals are measured before anything was ever pushed to them. */

import { expect, test } from 'vitest'
import { startNetwork } from '../support/treecast-network.ts'

interface Ranking {
  readonly terminals: readonly { readonly name: string; readonly bytesPerSecond: number | null }[]
  readonly probes: readonly {
    readonly name: string
    readonly responseMs: number | null
    readonly bytesPerSecond: number | null
    readonly error: { readonly code: string } | null
  }[]
}

test('terminals are measured without a push, and those that cannot be are named', async () => {
  const network = await startNetwork({ terminals: ['web1', 'web2'] })
  await network.enrol('shy', undefined, { args: ['--outbound-only'] })
  await network.relay('web2').stop()

  const { code, stdout } = await network.run(['rank', '--probe', '--json'])
  const { terminals, probes }: Ranking = JSON.parse(stdout)
  expect(code).toBe(0)
  expect(Object.fromEntries(probes.map(({ name, error }) => [name, error?.code]))).toEqual({
    web1: undefined,
    web2: 'E_OFFLINE',
    shy: 'E_UNREACHABLE',
  })
  const measured = probes.find(({ name }) => name === 'web1')
  expect(measured?.bytesPerSecond).toBeGreaterThan(0)
  expect(probes.find(({ name }) => name === 'shy')?.responseMs).toBeGreaterThan(0)
  // The first sample is the mean.
  expect(terminals.find(({ name }) => name === 'web1')?.bytesPerSecond).toBe(measured?.bytesPerSecond)
  expect(network.delivered('web1')).toEqual([])

  const text = await network.run(['rank', 'web*', '--probe', '--pin'])
  expect(text.stdout).toMatch(/ web1 .* pinned /)
  expect(text.stderr).toBe('treecast rank: web2: nothing was measured: terminal web2 is offline\n')
  const { stdout: audit } = await network.run(['status', '--audit'])
  expect(audit).toMatch(/ main +probed +terminal web1\n/)
})
