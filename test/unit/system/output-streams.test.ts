import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { watchOutput } from '../../../src/system/output-streams.ts'

/** A stream of which every write fails with this code, or none. */
function stream(code?: string): Writable {
  const failure = code === undefined ? null : Object.assign(new Error(code), { code })
  return new Writable({ write: (_chunk, _encoding, done) => setImmediate(done, failure) })
}

/** Two lines to standard output, one to standard error. */
async function outcome(codes: { stdout?: string; stderr?: string }) {
  const told: string[] = []
  const [stdout, stderr] = [stream(codes.stdout), stream(codes.stderr)]
  const output = watchOutput({ stdout, stderr }, ({ code, message }) => told.push(`${code} ${message}`))
  stdout.write('a\n')
  stdout.write('b\n')
  stderr.write('c\n')
  return { isWritten: await output.flushed(), told }
}

describe('standard output', () => {
  test('is written', async () => {
    expect(await outcome({})).toEqual({ isWritten: true, told: [] })
  })

  test('whose reader is gone is no failure', async () => {
    expect(await outcome({ stdout: 'EPIPE' })).toEqual({ isWritten: true, told: [] })
  })

  test('on a full disk is lost, which is told once', async () => {
    const told = ['E_OUTPUT standard output cannot be written (ENOSPC)']
    expect(await outcome({ stdout: 'ENOSPC' })).toEqual({ isWritten: false, told })
  })
})

test('standard error that cannot be written fails nothing', async () => {
  expect(await outcome({ stderr: 'ENOSPC' })).toEqual({ isWritten: true, told: [] })
})
