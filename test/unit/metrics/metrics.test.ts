import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type MetricsListener, serveMetrics } from '../../../src/metrics/metrics-listener.ts'
import { createPrometheusMeter } from '../../../src/metrics/prometheus-meter.ts'
import { silentLog } from '../../../src/system/log.ts'
import { FIGURES, type Reading } from '../../../src/system/meter.ts'

const anyPort = { host: '127.0.0.1', port: 0 }

async function served(
  meter = createPrometheusMeter(),
): Promise<MetricsListener & { get(path: string): Promise<Response> }> {
  const listener = await serveMetrics({ listen: anyPort, meter }, silentLog)
  onTestFinished(() => listener.stop())
  return { ...listener, get: (path) => fetch(`http://127.0.0.1:${listener.address.port}${path}`) }
}

describe('the figures', () => {
  test('are named by the conventions of Prometheus', () => {
    for (const [name, { kind }] of Object.entries(FIGURES)) {
      expect(name).toMatch(/^treecast_[a-z_]+$/)
      expect(name.endsWith('_total'), name).toBe(kind === 'counter')
      if (kind === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/)
    }
  })

  test('are all described in the manual', () => {
    const pages = ['serve', 'relay'].map((page) =>
      readFileSync(resolve(import.meta.dirname, `../../../man/treecast-${page}.1`), 'utf8'),
    )
    for (const name of Object.keys(FIGURES)) expect(pages.join(''), name).toContain(name)
  })

  test('that were noted add up, and those that are read stand as they are', async () => {
    const meter = createPrometheusMeter()
    meter.count('treecast_reroutes_total')
    meter.count('treecast_reroutes_total', 2)
    meter.observe('treecast_response_seconds', 0.02)
    let online = 3
    meter.onAsk(() => [
      { name: 'treecast_terminals', value: online, labels: { state: 'online' } },
      { name: 'treecast_sent_bytes_total', value: 100 },
    ])
    const states: Reading[][] = [[{ name: 'treecast_transfers', value: 1, labels: { state: 'receiving' } }], []]
    meter.onAsk(async () => states.shift() ?? [])
    const first = await meter.text()
    expect(first).toContain('\ntreecast_reroutes_total 3\n')
    expect(first).toContain('\ntreecast_response_seconds_bucket{le="0.025"} 1\n')
    expect(first).toContain('\ntreecast_response_seconds_bucket{le="0.01"} 0\n')
    expect(first).toContain('\ntreecast_transfers{state="receiving"} 1\n')
    online = 2
    const second = await meter.text()
    expect(second).toContain('\ntreecast_terminals{state="online"} 2\n')
    expect(second).toContain('\ntreecast_sent_bytes_total 100\n')
    expect(second).toMatch(/^process_resident_memory_bytes \d+$/m)
    expect(second).not.toContain('nodejs_')
  })
})

describe('the listener', () => {
  test('shows metrics and health, and nothing else', async () => {
    const { get } = await served()
    const metrics = await get('/metrics')
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await metrics.text()).toContain('# TYPE process_cpu_seconds_total counter')
    expect(await (await get('/healthz')).text()).toBe('ok\n')
    expect((await get('/')).status).toBe(404)
    const { address } = await served()
    expect((await fetch(`http://127.0.0.1:${address.port}/metrics`, { method: 'POST' })).status).toBe(405)
  })

  test('says 500 when a reading fails, and goes on', async () => {
    const meter = createPrometheusMeter()
    let broken = true
    meter.onAsk(() => {
      if (broken) throw new Error('no database')
      return []
    })
    const { get } = await served(meter)
    expect((await get('/metrics')).status).toBe(500)
    broken = false
    expect((await get('/metrics')).status).toBe(200)
  })

  test('refuses an address that is taken with its name', async () => {
    const { address } = await served()
    await expect(serveMetrics({ listen: address, meter: createPrometheusMeter() }, silentLog)).rejects.toThrow(
      `another process listens on 127.0.0.1:${address.port} already`,
    )
  })
})
