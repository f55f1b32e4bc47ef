/** A row of little bars, one for each number: how a measurement went over time. */

const UNICODE_BARS = '▁▂▃▄▅▆▇█'
const ASCII_BARS = '_.:-=+*#'

/**
 * One character for each of `values`, scaled between the least and the greatest of them; all alike are drawn half high.
 * @param values finite numbers, oldest first
 */
export function drawSparkline(values: readonly number[], { unicode }: { unicode: boolean }): string {
  const bars = unicode ? UNICODE_BARS : ASCII_BARS
  const least = Math.min(...values)
  const range = Math.max(...values) - least
  const top = bars.length - 1
  return values.map((value) => bars[range === 0 ? top >> 1 : Math.round(((value - least) / range) * top)]).join('')
}
