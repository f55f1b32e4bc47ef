import { describe, expect, onTestFinished, test } from 'vitest'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import type { CommandOutcome, CommandRequest, Commands } from '../../../src/system/commands.ts'
import { createMemoryLog } from '../../../src/system/memory-log.ts'
import { Hooks } from '../../../src/terminal/hooks.ts'
import type { KeptReceipt } from '../../../src/terminal/receipt-outbox.ts'
import { StateFile } from '../../../src/terminal/state-file.ts'
import { encodeReceipt } from '../../../src/wire/signed-documents.ts'

const WELL: CommandOutcome = { end: 'exited', exitCode: 0, output: '' }

/** Commands that end when the test says so. */
class HeldCommands implements Commands {
  readonly started: (CommandRequest & { end: (outcome: CommandOutcome) => void })[] = []
  stopped = 0

  start(request: CommandRequest) {
    const { promise: ended, resolve: end } = Promise.withResolvers<CommandOutcome>()
    this.started.push({ ...request, end })
    const stop = () => {
      this.stopped++
    }
    return { ended, stop }
  }
}

async function world(state?: StateFile) {
  const kept = state ?? (await StateFile.open(IN_MEMORY))
  if (state === undefined) onTestFinished(() => kept.close())
  const commands = new HeldCommands()
  const told: KeptReceipt[] = []
  const reports = { receipt: (report: KeptReceipt) => void told.push(report) }
  const hooks = new Hooks({
    ...{ commands, state: kept, reports, log: createMemoryLog(), inboxFolder: '/inbox' },
    hooks: { activate: 'reload' },
  })
  /** Content goes live at `destination`. */
  const show = async (transfer: number, destination: string) => {
    const signed = { payload: new Uint8Array(1), signature: new Uint8Array(64) }
    const facts = {
      node: 'n'.repeat(43),
      contentDigest: new Uint8Array(32).fill(0xab),
      bytes: 1,
      elapsedMs: 1,
      diskMs: 0,
    }
    const receipt = { payload: encodeReceipt({ transfer, ...facts }), signature: new Uint8Array(64) }
    const times = { activateAtMs: null, deactivateAtMs: null }
    await kept.begin({ transfer, destination, destinations: [destination], ...times, manifest: signed, ticket: signed })
    await kept.keepReceived({ transfer, durable: new Uint8Array(0), tables: new Map(), receipt })
    await kept.keepActive(transfer, receipt, { published: '{}', hook: hooks.wants('activate') })
    hooks.run({ transfer, event: 'activate', destination })
  }
  const started = (count: number) => expect.poll(() => commands.started.length).toBe(count)
  return { state: kept, commands, hooks, told, show, started }
}

describe('a hook', () => {
  test('knows what went live, and its success is told', async () => {
    const { commands, told, show, started } = await world()
    await show(7, 'web/a.html')
    await started(1)
    expect(commands.started[0]).toMatchObject({
      command: 'reload',
      deadlineMs: 600_000,
      environment: {
        TREECAST_EVENT: 'activate',
        TREECAST_TRANSFER: '7',
        TREECAST_PATH: '/inbox/web/a.html',
        TREECAST_DESTINATION: 'web/a.html',
        TREECAST_CONTENT_DIGEST: 'ab'.repeat(32),
      },
    })
    commands.started[0]?.end(WELL)
    await expect.poll(() => told).toMatchObject([{ transfer: 7, state: 'activateHook', error: null }])
  })

  test.each([
    [
      { end: 'exited', exitCode: 3, output: 'one\n\u001b[31mtwo\n' },
      'E_HOOK_FAILED',
      'exit code 3: one\\n\\u{1b}[31mtwo',
    ],
    [{ end: 'killed', exitCode: null, output: '' }, 'E_HOOK_FAILED', 'was killed'],
    [{ end: 'late', exitCode: null, output: 'x' }, 'E_HOOK_DEADLINE', 'took longer than 10 minutes and was ended: x'],
    [{ end: 'unstarted', exitCode: null, output: 'no sh' }, 'E_HOOK_FAILED', 'could not be started: no sh'],
  ] as const)('that failed (%j) is told with the end of its output, escaped', async (outcome, code, message) => {
    const { commands, told, show, started } = await world()
    await show(7, 'a')
    await started(1)
    commands.started[0]?.end(outcome)
    await expect.poll(() => told.length).toBe(1)
    expect(told[0]?.error?.code).toBe(code)
    expect(told[0]?.error?.message).toBe(
      `its --on-activate command ${message.startsWith('exit') ? `ended with ${message}` : message}`,
    )
  })

  test('writes at most so much into the delivery, whatever it said', async () => {
    const { commands, told, show, started } = await world()
    await show(7, 'a')
    await started(1)
    commands.started[0]?.end({ end: 'exited', exitCode: 1, output: `${'x'.repeat(4000)}\nlast` })
    await expect.poll(() => told.length).toBe(1)
    expect(told[0]?.error?.message.length).toBeLessThan(700)
    expect(told[0]?.error?.message.endsWith('last')).toBe(true)
  })

  test('waits for the one before it at the same destination, and for none at another', async () => {
    const { commands, show, started } = await world()
    await show(7, 'a')
    await show(8, 'a')
    await show(9, 'b')
    await started(2)
    expect(commands.started.map(({ environment }) => environment.TREECAST_TRANSFER)).toEqual(['7', '9'])
    commands.started[0]?.end(WELL)
    await started(3)
    expect(commands.started[2]?.environment.TREECAST_TRANSFER).toBe('8')
  })

  test('that the end of the terminal interrupted is ended, and runs again at the next start', async () => {
    const first = await world()
    await first.show(7, 'a')
    await first.started(1)
    first.hooks.stop()
    expect(first.commands.stopped).toBe(1)
    const again = await world(first.state)
    await again.hooks.resume()
    await again.started(1)
    again.commands.started[0]?.end(WELL)
    await expect.poll(() => again.told).toHaveLength(1)
    const last = await world(first.state)
    await last.hooks.resume()
    expect(first.state.hooks.due()).toEqual([])
  })

  test('that restarts its own terminal comes to an end', async () => {
    const first = await world()
    await first.show(7, 'a')
    await first.started(1)
    for (let starts = 0; starts < 2; starts++) {
      const next = await world(first.state)
      await next.hooks.resume()
      await next.started(1)
    }
    const last = await world(first.state)
    await last.hooks.resume()
    await expect.poll(() => last.told).toMatchObject([{ error: { code: 'E_HOOK_FAILED' } }])
    expect(last.commands.started).toEqual([])
  })

  test('that the owner wants no more is forgotten', async () => {
    const { state, hooks, show } = await world()
    await show(7, 'a')
    const owned = new Hooks({
      ...{ commands: new HeldCommands(), state, reports: { receipt: () => undefined }, log: createMemoryLog() },
      ...{ inboxFolder: '/inbox', hooks: {} },
    })
    hooks.stop()
    await owned.resume()
    expect(state.hooks.due()).toEqual([])
  })
})
