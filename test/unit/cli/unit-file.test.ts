import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../../src/cli/program.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleShell } from './sample-shell.ts'

async function printedUnit(args: string[], environment: Record<string, string> = {}, executable = '/bin/true') {
  const { shell, stdout } = sampleShell({ environment })
  expect(await runProgram([...args, '--print-unit'], { ...shell, executable: [executable] })).toBe(0)
  return stdout()
}

const lineOf = (unit: string, name: string) =>
  unit
    .split('\n')
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1)

describe('--print-unit', () => {
  test('keeps the state of a system service where the system keeps it', async () => {
    const unit = await printedUnit(['serve'])
    expect(lineOf(unit, 'ExecStart')).toBe('/bin/true serve --home /var/lib/treecast')
    expect(lineOf(unit, 'StateDirectory')).toBe('treecast')
    expect(unit).not.toContain('ReadWritePaths')
    expect(lineOf(unit, 'CapabilityBoundingSet')).toBe('')
    expect(lineOf(unit, 'ProtectHome')).toBe('yes')
  })

  test('carries what the command line and the environment say, with absolute paths', async () => {
    const unit = await printedUnit(['relay', '--inbox', '/srv/www', '--leaf', '--join-file', '/etc/join'], {
      TREECAST_NAME: 'web7',
      TREECAST_HOME: '/opt/t',
    })
    expect(lineOf(unit, 'ExecStart')).toBe(
      '/bin/true relay --home /opt/t --join-file /etc/join --name web7 --inbox /srv/www --leaf',
    )
    expect(unit).toContain('ReadWritePaths=/opt/t\nReadWritePaths=/srv/www\n')
    expect(unit).not.toContain('StateDirectory')
  })

  test('leaves to the settings file what stands there, so that a reload finds it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'c.json'), '{"fanout": 5, "listen": ":80"}')
    const unit = await printedUnit(['serve', '--config', join(folder, 'c.json')])
    expect(lineOf(unit, 'ExecStart')).toBe(
      `/bin/true serve --home /var/lib/treecast --config ${join(folder, 'c.json')}`,
    )
    expect(lineOf(unit, 'AmbientCapabilities')).toBe('CAP_NET_BIND_SERVICE')
  })

  test('writes what systemd would read as its own so that it does not', async () => {
    const unit = await printedUnit(['relay', '--inbox', '/srv/a b%c$d"e'])
    expect(lineOf(unit, 'ExecStart')).toContain('--inbox "/srv/a b%%c$$d\\"e"')
  })

  test('opens users’ folders only when something lies there', async () => {
    expect(lineOf(await printedUnit(['relay', '--inbox', '/home/ann/in']), 'ProtectHome')).toBe('read-only')
    expect(await printedUnit(['relay', '--inbox', '/tmp/in'])).not.toContain('PrivateTmp')
  })

  test('refuses to write a join token where everyone can read it', async () => {
    const { shell } = sampleShell()
    await expect(runProgram(['relay', '--join', 'x', '--print-unit'], shell)).rejects.toThrow(/use --join-file/)
  })

  const verify = (file: string) => spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
  const missing = spawnSync('systemd-analyze', ['--version']).error !== undefined
  if (missing) console.warn('units are not checked: systemd-analyze is missing; install the package systemd')

  test.skipIf(missing).each([
    ['serve', ['serve', '--listen', ':80']],
    ['relay', ['relay', '--inbox', '/srv/a b%c$d', '--leaf', '--home', '/opt/t']],
  ])('systemd has nothing against the unit of %s', async (name, args) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'units'))
    const file = join(folder, 'units', `${name}.service`)
    writeFileSync(file, await printedUnit(args))
    const { status, stdout, stderr } = verify(file)
    expect(`${stdout}${stderr}`).toBe('')
    expect(status).toBe(0)
    writeFileSync(file, (await printedUnit(args)).replace('WatchdogSec=', 'WatchdogSecs='))
    expect(verify(file).stderr).toContain('WatchdogSecs')
  })
})
