import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMMAND_OUTPUT_BYTES, type CommandRequest } from '../../../src/system/commands.ts'
import { systemCommands } from '../../../src/system/real-commands.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const start = (command: string, more: Partial<CommandRequest> = {}) =>
  systemCommands.start({ command, environment: {}, deadlineMs: 60_000, ...more })

describe('a command', () => {
  test('is run by the shell, and tells its exit code and what it wrote to both outputs', async () => {
    const outcome = await start('echo out; echo err >&2; exit 3').ended
    expect(outcome).toMatchObject({ end: 'exited', exitCode: 3 })
    expect(outcome.output.split('\n').toSorted()).toEqual(['', 'err', 'out'])
  })

  test("has what it is given in its environment, and nothing of this program's settings", async () => {
    process.env.TREECAST_JOIN = 'secret'
    const { output } = await start('echo "[$TREECAST_JOIN] [$TREECAST_PATH] [$PATH]"', {
      environment: { TREECAST_PATH: 'a b; "c"' },
    }).ended
    delete process.env.TREECAST_JOIN
    expect(output).toBe(`[] [a b; "c"] [${process.env.PATH}]\n`)
  })

  test('may write any amount: the end of it is kept', async () => {
    const { output } = await start('head -c 1000000 /dev/zero | tr "\\0" x; printf end').ended
    expect(output.length).toBe(COMMAND_OUTPUT_BYTES)
    expect(output.endsWith('xend')).toBe(true)
  })

  test('is ended at its deadline with everything that it has started', async () => {
    const file = join(temporaryFolder(), 'pid')
    const outcome = await start(`sh -c 'echo $$ > ${file}; sleep 100' & wait`, { deadlineMs: 1000 }).ended
    expect(outcome.end).toBe('late')
    const child = Number(readFileSync(file, 'utf8'))
    await expect.poll(() => existsSync(`/proc/${child}/cwd`)).toBe(false)
  })

  test('does not wait for what it leaves in the background', async () => {
    const running = start('sleep 100 & echo started')
    expect(await running.ended).toMatchObject({ end: 'exited', exitCode: 0, output: 'started\n' })
    running.stop()
  })

  test('that is stopped was killed, and stopping it again is harmless', async () => {
    const running = start('sleep 100')
    running.stop()
    expect((await running.ended).end).toBe('killed')
    running.stop()
  })
})
