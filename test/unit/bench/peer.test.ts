import { expect, test } from 'vitest'
import { run } from '../../bench/peers/peer.ts'

test('a program that hangs is ended, and fails with its command line', async () => {
  await expect(run(['sleep', '600'], { timeout: 1 })).rejects.toThrow('sleep 600 ended with SIGTERM')
})

test('a program that fails is told with its exit code and what it said', async () => {
  await expect(run(['sh', '-c', 'echo no room >&2; exit 3'])).rejects.toThrow(/ended with 3: no room$/)
})
