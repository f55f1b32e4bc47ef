/** Driving a process, tried on a stand-in script so that nothing has to be built first. */

import { chmodSync, existsSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { runTreecast, startTreecast } from '../../support/treecast-process.ts'

/** An executable that runs `script` in Bash. */
function standIn(script: string): string {
  const path = join(temporaryFolder(), 'stand-in')
  writeFileSync(path, `#!/bin/bash\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

describe('a line that is waited for', () => {
  test('is found with its groups, printed before or after the wait, in pieces or whole', async () => {
    const executable = standIn("echo first; printf 'listening on 127.0.0.1:'; printf '7717\\n'; echo oops >&2; read -r")
    const started = await startTreecast({ args: [], executable, command: [] })
    expect((await started.waitForLine('stdout', /^listening on (.*):(\d+)$/g))[2]).toBe('7717')
    expect((await started.waitForLine('stdout', /first/))[0]).toBe('first')
    expect((await started.waitForLine('stderr', /oops/))[0]).toBe('oops')
  })

  test('that never comes is reported with all that was printed', async () => {
    const started = await startTreecast({ args: ['push'], executable: standIn('echo one; echo two >&2') })
    const failure = started.waitForLine('stdout', /three/)
    await expect(failure).rejects.toThrow(/no line of stdout matches \/three\/ before the process ended/)
    await expect(failure).rejects.toThrow(/push\nstdout: one\n\nstderr: two/)
  })

  test('is not waited for longer than the deadline', async () => {
    const started = await startTreecast({ args: [], executable: standIn('echo one; exec sleep 600') })
    await started.waitForLine('stdout', /one/)
    await expect(started.waitForLine('stdout', /three/, 1)).rejects.toThrow('within 1 ms')
  })
})

describe('the end of a process', () => {
  test('comes with its exit code and everything it printed', async () => {
    const executable = standIn('echo out; echo err >&2; printf unfinished; exit 3')
    expect(await runTreecast({ args: [], executable })).toEqual({
      code: 3,
      signal: null,
      stdout: 'out\nunfinished',
      stderr: 'err\n',
    })
  })

  test('comes by the signal that stop sends', async () => {
    // Not SIGINT: now and then Bash takes one for its child's, and does not run the trap.
    const executable = standIn("trap 'echo cleaned; exit 7' USR1; echo ready; while :; do sleep 0.01; done")
    const started = await startTreecast({ args: [], executable })
    await started.waitForLine('stdout', /ready/)
    expect(await started.stop('SIGUSR1')).toEqual({ code: 7, signal: null })
    expect(started.stdout.lines).toEqual(['ready', 'cleaned'])
  })

  test('is forced when the signal is not heeded in time', async () => {
    const executable = standIn("trap '' TERM; echo ready; while :; do sleep 0.01; done")
    const started = await startTreecast({ args: [], executable })
    await started.waitForLine('stdout', /ready/)
    await expect(started.stop('SIGTERM', 1)).rejects.toThrow('still running after SIGTERM within 1 ms')
    expect(await started.exit).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test('is forced when a run takes too long', async () => {
    await expect(runTreecast({ args: [], executable: standIn('exec sleep 600'), deadlineMs: 1 })).rejects.toThrow(
      'still running within 1 ms',
    )
  })
})

describe('a process of a test', () => {
  const ends: (() => void | Promise<void>)[] = []
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })

  test('knows its home, its folder and its arguments, and nothing of the environment of the tests', async () => {
    const executable = standIn('echo "$@"; echo "$TREECAST_HOME"; pwd; env | cut -d= -f1 | sort | tr "\\n" " "; cat')
    const home = realpathSync(temporaryFolder())
    const { stdout } = await runTreecast({
      args: ['push', 'a b'],
      executable,
      home,
      env: { EXTRA: '1' },
      input: 'typed',
      command: ['env', '--'],
    })
    expect(stdout).toBe(`push a b\n${home}\n${home}\nEXTRA HOME PATH PWD SHLVL TREECAST_HOME _ typed`)
  })

  test('and its home are gone once what it ends with is over', async () => {
    const started = await startTreecast({
      args: [],
      executable: standIn('echo ready; exec sleep 600'),
      endWith: (end) => ends.push(end),
    })
    await started.waitForLine('stdout', /ready/)
    for (const end of ends.splice(0).reverse()) await end()
    expect(await started.exit).toEqual({ code: null, signal: 'SIGKILL' })
    expect(existsSync(started.home)).toBe(false)
  })

  test('that was not built says how to build it', async () => {
    await expect(startTreecast({ args: [], executable: '/nowhere/treecast' })).rejects.toThrow("'npm run build'")
  })
})
