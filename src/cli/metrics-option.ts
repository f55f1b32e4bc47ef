/** `--metrics HOST:PORT` of a daemon: its figures, and the listener that shows them while the daemon runs. */

import type { Traffic } from '../link/traffic.ts'
import type { Log } from '../system/log.ts'
import { type Meter, silentMeter } from '../system/meter.ts'
import { parseListen } from './address-options.ts'
import type { Daemon } from './daemon.ts'

/** The one that the manual shows. */
const DEFAULT_METRICS_PORT = 9717

export interface DaemonMetrics {
  readonly meter: Meter
  readonly traffic: Traffic
  /** Shows the figures for as long as the daemon that `start` gives runs. @throws E_ADDRESS_IN_USE, E_LISTEN, what `start` throws */
  around<D extends Daemon>(start: () => Promise<D>): Promise<D>
}

/**
 * @param listen undefined when nobody asks for figures
 * @throws E_ADDRESS
 */
export async function openMetrics(
  listen: string | undefined,
  { role, version, log }: { readonly role: 'serve' | 'relay'; readonly version: string; readonly log: Log },
): Promise<DaemonMetrics> {
  const traffic: Traffic = { sentBytes: 0, receivedBytes: 0 }
  if (listen === undefined) return { meter: silentMeter, traffic, around: (start) => start() }
  const address = parseListen('--metrics', listen, DEFAULT_METRICS_PORT)
  // A daemon without figures does not load what shows them.
  const { createPrometheusMeter } = await import('../metrics/prometheus-meter.ts')
  const { serveMetrics } = await import('../metrics/metrics-listener.ts')
  const meter = createPrometheusMeter()
  meter.onAsk(() => [
    { name: 'treecast_build_info', value: 1, labels: { version, role } },
    { name: 'treecast_sent_bytes_total', value: traffic.sentBytes },
    { name: 'treecast_received_bytes_total', value: traffic.receivedBytes },
  ])
  return {
    meter,
    traffic,
    async around(start) {
      const daemon = await start()
      try {
        const listener = await serveMetrics({ listen: address, meter }, log)
        const stop = async () => {
          await listener.stop()
          await daemon.stop()
        }
        return { ...daemon, stop }
      } catch (error) {
        await daemon.stop()
        throw error
      }
    },
  }
}
