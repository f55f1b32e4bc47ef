/** `scp` to every host at once: an sshd in each host of the lab, with keys made for this run and nothing of this machine's own setup. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../../lab/lab.ts'
import { OutputLines } from '../../support/output-lines.ts'
import { findProgram, type PeerOrSkip, type PeerPlace, run, timedForEach } from './peer.ts'

/** A lab's addresses are its own, so a fixed port meets nobody else's. */
const PORT = 2222
const name = 'scp'

/** The daemons end with the lab. */
export async function startScpPeer({ lab, hosts, folder }: PeerPlace): Promise<PeerOrSkip> {
  const [sshd, scp, keygen] = ['sshd', 'scp', 'ssh-keygen'].map(findProgram)
  if (!sshd || !scp || !keygen) return { name, skipped: 'install openssh-server and openssh-client' }

  // sshd refuses to start without this folder, which a system that has never started it does not have.
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  for (const key of ['host_key', 'user_key']) {
    await run([keygen, '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)])
  }
  const hostKey = readFileSync(join(folder, 'host_key.pub'), 'utf8')
  const known = hosts.map((host) => `[${lab.address(host)}]:${PORT} ${hostKey}`)
  writeFileSync(join(folder, 'known_hosts'), known.join(''))
  for (const host of hosts) await startDaemon({ lab, host, folder, sshd })

  const client = ['-F', '/dev/null', '-P', String(PORT), '-i', join(folder, 'user_key')]
  const settings = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${join(folder, 'known_hosts')}`]
  const options = [...client, ...settings.flatMap((setting) => ['-o', setting])]
  const copy = (host: number) => join(folder, `copy-${host}`)
  return {
    name,
    copyToAll(path) {
      const target = (host: number) => `root@${lab.address(host)}:${copy(host)}`
      return timedForEach(hosts, (host) => run([...lab.command(0), scp, '-q', ...options, path, target(host)]))
    },
    copyIn: copy,
    removeCopies: () => {
      for (const host of hosts) rmSync(copy(host), { force: true })
    },
  }
}

async function startDaemon(options: { lab: Lab; host: number; folder: string; sshd: string }): Promise<void> {
  const { lab, host, folder, sshd } = options
  const config = join(folder, `sshd_config-${host}`)
  writeFileSync(
    config,
    [
      `ListenAddress ${lab.address(host)}:${PORT}`,
      `HostKey ${join(folder, 'host_key')}`,
      `AuthorizedKeysFile ${join(folder, 'user_key.pub')}`,
      'PidFile none',
      'UsePAM no',
      'PasswordAuthentication no',
      // The folder lies below one that everyone may write to.
      'StrictModes no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  )
  const daemon = lab.exec(host, [sshd, '-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  if (daemon.stderr === null) throw new Error('sshd was started without its standard error')
  await new OutputLines(daemon.stderr).waitFor(/^Server listening on/)
}
