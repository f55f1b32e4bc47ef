import { describe, expect, test } from 'vitest'
import { reloadOnHangup } from '../../../src/cli/reload.ts'
import { createLog } from '../../../src/system/log-pino.ts'
import { sampleShell } from './sample-shell.ts'

/** A daemon whose settings file is an object. */
function reloadable(reread: () => Record<string, unknown>) {
  const { shell, hangUp, told } = sampleShell()
  const lines: string[] = []
  const stream = { write: (text: string) => lines.push(text) }
  const log = createLog({ level: 'info', colour: false, stream })
  const values: (string | undefined)[] = []
  reloadOnHangup(
    { shell, settings: { 'log-level': 'info', fanout: '3', listen: ':0' }, reread: async () => reread() },
    log,
    {
      fanout: (value) => {
        if (value === '0') throw new Error('too small')
        values.push(value)
      },
    },
  )
  const reload = async () => {
    hangUp()
    while (told.at(-1) !== 'ready: settings reloaded') await new Promise((resolve) => setImmediate(resolve))
  }
  return { reload, lines, values, told, log }
}

describe('a reload', () => {
  test('puts what has changed into effect, once', async () => {
    const { reload, values, lines, told, log } = reloadable(() => ({
      'log-level': 'debug',
      fanout: '5',
      listen: ':0',
    }))
    await reload()
    await reload()
    expect(values).toEqual(['5'])
    log.debug('seen')
    expect(lines.join('')).toContain('seen')
    expect(told.slice(0, 2)).toEqual(['reloading', 'ready: settings reloaded'])
  })

  test('says what needs a restart', async () => {
    const { reload, values, lines } = reloadable(() => ({ 'log-level': 'info', fanout: '3', listen: ':1' }))
    await reload()
    expect(values).toEqual([])
    expect(lines.join('')).toMatch(/WARN.*needs a restart {2}option=listen/)
  })

  test('changes nothing when the settings cannot be read, and only the right ones when one is wrong', async () => {
    const broken = reloadable(() => {
      throw new Error('it is not JSON')
    })
    await broken.reload()
    expect(broken.lines.join('')).toMatch(/not reloaded.*it is not JSON/)
    const wrong = reloadable(() => ({ 'log-level': 'error', fanout: '0', listen: ':0' }))
    await wrong.reload()
    expect(wrong.lines.join('')).toMatch(/not reloaded.*option=fanout error="too small"/)
    expect(wrong.values).toEqual([])
  })
})
