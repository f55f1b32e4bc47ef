/** A file in plain from host 0 of a lab to host 1: what a capture looks like in which the search has to find something. */

import { once } from 'node:events'
import type { Lab } from '../../lab/lab.ts'
import { OutputLines } from '../../support/output-lines.ts'
import { run } from '../peers/peer.ts'

/** Takes one connection, reads it to its end, and ends. */
const RECEIVER = `
  const server = require('node:net').createServer((socket) => socket.resume().on('end', () => socket.end(() => server.close())))
  server.listen(0, () => console.log(server.address().port))
`

const SENDER = `
  const [path, host, port] = process.argv.slice(1)
  require('node:fs').createReadStream(path).pipe(require('node:net').connect(Number(port), host))
`

/** Resolves once the receiver has all of it. */
export async function sendPlain(lab: Lab, path: string): Promise<void> {
  const receiver = lab.exec(1, [process.execPath, '-e', RECEIVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(receiver, 'close')
  if (receiver.stdout === null) throw new Error('the receiver was started without its standard output')
  const [port = ''] = await new OutputLines(receiver.stdout).waitFor(/^\d+$/)
  await run([...lab.command(0), process.execPath, '-e', SENDER, path, lab.address(1), port])
  await ended
}
