/**
 * `npm run live-view -- --terminals 1000 --seconds 20`: the live view on this screen with a transfer that never was, at the pace at which
 * a main server tells of so many terminals. Prints what it cost: reading the messages, keeping the view, drawing it.
 */

import { parseArgs } from 'node:util'
import { systemClock } from '../../src/system/real-clock.ts'
import { startLiveView } from '../../src/tui/live-view.tsx'
import { LIMITS } from '../../src/wire/limits.ts'
import { decodeMessage, encodeMessage } from '../../src/wire/messages.ts'
import { secondsOf, snapshotAt } from '../support/synthetic-transfer.ts'

const { values } = parseArgs({
  options: {
    terminals: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
    stripes: { type: 'string', default: '1' },
    fanout: { type: 'string', default: '3' },
  },
})
const [terminals, seconds] = [Number(values.terminals), Number(values.seconds)]
const [stripes, fanOut] = [Number(values.stripes), Number(values.fanout)]
const bytesPerSecond = 2.5e6
const transfer = { terminals, stripes, fanOut, bytes: seconds * bytesPerSecond, bytesPerSecond }

const periodMs = Math.max(LIMITS.snapshotMs, terminals)
const steps = Math.ceil((secondsOf(transfer) * 1000) / periodMs) + 1
// Made beforehand: that is the main server's work.
const messages = Array.from({ length: steps }, (_, step) =>
  encodeMessage('snapshot', { snapshot: snapshotAt(transfer, (step * periodMs) / 1000), final: step === steps - 1 }),
)

const ended = Promise.withResolvers<void>()
const [first = new Uint8Array(), ...others] = messages
/** Starting, with code that runs for the first time, is not what a long transfer costs. */
const START_MS = 5_000
const meter = () => ({ atMs: systemClock.monotonic(), cpu: process.cpuUsage() })
const atFirst = meter()
let started = atFirst
systemClock.after(START_MS, () => {
  started = meter()
})
const view = startLiveView(decodeMessage('snapshot', first).snapshot, {
  stdin: process.stdin,
  stdout: process.stdout,
  clock: systemClock,
  unicode: true,
  color: !process.env.NO_COLOR,
  ownsTransfer: false,
  detach: undefined,
  interrupt: () => ended.resolve(),
})
for (const [step, message] of others.entries()) {
  systemClock.after((step + 1) * periodMs, () => {
    view.show(decodeMessage('snapshot', message).snapshot)
    if (step === others.length - 1) ended.resolve()
  })
}
await ended.promise
const atEnd = meter()
await view.close()
const percentSince = ({ atMs, cpu }: typeof atEnd) => {
  const used = atEnd.cpu.user - cpu.user + atEnd.cpu.system - cpu.system
  return `${(used / 10 / (atEnd.atMs - atMs)).toFixed(1)} %`
}
const [width, height] = [process.stdout.columns ?? 80, process.stdout.rows ?? 24]
console.log(
  `${terminals} terminals at ${width}x${height}, of a core: ${percentSince(atFirst)} from the start, ${percentSince(started)} after ${START_MS / 1000} s`,
)
process.exit()
