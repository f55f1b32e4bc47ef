/** The figures as Prometheus reads them: prom-client's text format, with those of the process itself. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { FIGURES, type FigureName, type Meter, type Reading } from '../system/meter.ts'

/** From a terminal in the same rack to one behind a satellite. */
const RESPONSE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Those that the runtime knows; its own (nodejs_…) are Node's alone. */
const PROCESS_FIGURES = /^process_/

export interface PrometheusMeter extends Meter {
  readonly contentType: string
  /** All figures as they stand, as text. @throws what a reading failed with */
  text(): Promise<string>
}

type Metric = Counter | Gauge | Histogram

/** A meter of its own registry: it shows only the figures that were noted or read. */
export function createPrometheusMeter(): PrometheusMeter {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name } of registry.getMetricsAsArray()) {
    if (!PROCESS_FIGURES.test(name)) registry.removeSingleMetric(name)
  }
  const metrics = new Map<FigureName, Metric>()
  const readers: (() => Promise<readonly Reading[]> | readonly Reading[])[] = []
  const metricOf = (name: FigureName): Metric => {
    const known = metrics.get(name) ?? createMetric(name, registry)
    metrics.set(name, known)
    return known
  }
  return {
    contentType: registry.contentType,
    count: (name, by = 1) => (metricOf(name) as Counter).inc(by),
    observe: (name, seconds) => (metricOf(name) as Histogram).observe(seconds),
    onAsk: (read) => void readers.push(read),
    async text() {
      const readings = (await Promise.all(readers.map((read) => read()))).flat()
      for (const name of new Set(readings.map((reading) => reading.name))) metricOf(name).reset()
      for (const { name, value, labels = {} } of readings) (metricOf(name) as Counter | Gauge).inc(labels, value)
      return registry.metrics()
    },
  }
}

function createMetric(name: FigureName, registry: Registry): Metric {
  const { kind, help, ...rest } = FIGURES[name]
  const labelNames = 'labels' in rest ? [...rest.labels] : []
  const options = { name, help, labelNames, registers: [registry] }
  if (kind === 'counter') return new Counter(options)
  return kind === 'gauge' ? new Gauge(options) : new Histogram({ ...options, buckets: RESPONSE_BUCKETS })
}
