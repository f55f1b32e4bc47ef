/**
 * `treecast push FILE --ad-hoc`: a main server that lives for this one push. It shows one line to type on the other machines, tells who has
 * joined, and lets the push go once Enter is pressed or as many are there as were expected. Nothing stays behind.
 */

import { deriveFromCode, newShortCode, proveAnnouncement, SALT_BYTES } from '../identity/short-code.ts'
import { type RunningMainServer, startMainServer } from '../server/main-server.ts'
import { every } from '../system/clock.ts'
import { messageOf, TreecastError } from '../system/errors.ts'
import { daemonLog } from './daemon.ts'
import type { ExitCode } from './exit-codes.ts'
import { interruption } from './interrupted-work.ts'
import type { Invocation } from './invocation.ts'
import { Lobby } from './lobby.ts'
import { parseWhole } from './number-options.ts'
import type { PUSH_OPTIONS } from './option-tables.ts'
import { attributesOf } from './short-code-search.ts'
import { inTemporaryHome } from './temporary-home.ts'
import { usageError } from './usage-error.ts'

type PushInvocation = Invocation<typeof PUSH_OPTIONS>

/** Wrong secrets after which the code counts as under attack. */
const MAX_GUESSES = 10
const MOST_EXPECTED = 10_000
const TOKEN_LIFE_MS = 24 * 60 * 60_000
const LOOK_MS = 200

/** @param push does the push itself, as the operator of the given home */
export async function runAdHocPush(
  invocation: PushInvocation,
  push: (invocation: PushInvocation) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { settings, shell } = invocation
  if (settings.server !== undefined || settings.join !== undefined)
    throw usageError('--ad-hoc starts a main server of its own: leave --server and --join out')
  const expected =
    settings.expect === undefined
      ? undefined
      : parseWhole('--expect', settings.expect, { least: 1, most: MOST_EXPECTED })
  if (expected === undefined && shell.stdin.isTTY !== true)
    throw usageError('nobody can press Enter here: say with --expect N how many shall have joined before it starts')
  return inTemporaryHome(async (folders) => {
    const guessed = Promise.withResolvers<never>()
    guessed.promise.catch(() => undefined)
    const main = await startAdHocServer(invocation, folders, guessed.reject)
    try {
      await gather(invocation, main, { expected, guessed: guessed.promise })
      return await push({ ...invocation, folders })
    } finally {
      await main.stop()
    }
  })
}

async function startAdHocServer(
  { settings, shell }: PushInvocation,
  folders: PushInvocation['folders'],
  underAttack: (error: TreecastError) => void,
): Promise<RunningMainServer> {
  const { clock, random, files, network, version } = shell
  let guesses = 0
  return startMainServer({
    folder: folders.serve,
    operatorFolder: folders.operator,
    listen: { host: '0.0.0.0', port: 0 },
    policy: { fanOut: undefined },
    ...{ clock, random, files, network, version },
    // What the lobby shows is enough; what a terminal does wrong is in the report of the push.
    log: daemonLog(shell, { ...settings, 'log-level': 'error', 'log-format': 'text' }),
    enrolmentRefused(code) {
      if (code !== 'E_JOIN_TOKEN_UNKNOWN' || ++guesses < MAX_GUESSES) return
      const message = `somebody on this network tried ${MAX_GUESSES} wrong codes: nothing was sent. Start again for a new code`
      underAttack(new TreecastError('E_GUESSES', message))
    },
  })
}

/** Resolves once the push may start. */
async function gather(
  { shell, color }: PushInvocation,
  main: RunningMainServer,
  { expected, guessed }: { readonly expected: number | undefined; readonly guessed: Promise<never> },
): Promise<void> {
  const { clock, random } = shell
  const code = newShortCode(random)
  const salt = random.bytes(SALT_BYTES)
  const secrets = await deriveFromCode(code, salt)
  const terms = { role: 'terminal', uses: MOST_EXPECTED, expiresAt: clock.now() + TOKEN_LIFE_MS } as const
  const token = await main.issueToken({ ...terms, secret: secrets.secret })
  const announcement = proveAnnouncement({ salt, fingerprint: main.fingerprint, port: main.address.port }, secrets)
  const lobby = new Lobby({ shell, color, code, token, expected })
  const announced = (await shell.discovery()).announce({
    instance: Buffer.from(salt).toString('hex'),
    attributes: attributesOf(announcement),
    failed: (error) =>
      lobby.tell(`the short code does not work on this machine (${messageOf(error)}): use the long line`),
  })
  lobby.open()
  const look = every(clock, LOOK_MS, () => lobby.present(main.present().map(({ name }) => name)))
  try {
    await Promise.race([lobby.ready, guessed, interruption(shell.interruptions)])
  } finally {
    look.cancel()
    announced.stop()
    lobby.close()
  }
}
