/** Numbers for people: one way to write bytes, rates and times, on every screen and in every line. */

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `512 B`, `24.0 MiB`; rounded down, as everything that has to come in yet. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`
  let amount = bytes / 1024
  let unit = 0
  for (; amount >= 1024 && unit < UNITS.length - 1; unit++) amount /= 1024
  return `${(Math.floor(amount * 10) / 10).toFixed(1)} ${UNITS[unit]}`
}

/** `1 entry`, `12 entries`. */
export function formatEntries(count: number): string {
  return `${count} ${count === 1 ? 'entry' : 'entries'}`
}

/** `20.0 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** The rate in ten columns at most, for tables: `20.0 MiB/s`, `1023 MiB/s`. */
export function formatShortRate(bytesPerSecond: number): string {
  const text = formatRate(bytesPerSecond)
  return text.length <= 10 ? text : text.replace(/\.\d/, '')
}

/** `3.2 s`, `42.0 s`, `1 min 05 s`, `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  const tenths = Math.round(seconds * 10)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`
  const minutes = Math.round(whole / 60)
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

/** A running clock, of steady width: `0:07`, `12:34`, `1:02:03`. */
export function formatClock(seconds: number): string {
  const whole = Math.floor(seconds)
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  const rest = pad(whole % 60)
  return hours > 0 ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** `0.4 ms`, `12.0 ms`, `250 ms`. */
export function formatMilliseconds(ms: number): string {
  return ms < 100 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

/** `45 %`; 100 % only when it is all there. */
export function formatPercent(part: number, whole: number): string {
  return `${percentOf(part, whole)} %`
}

/** Whole percent from 0 to 100, rounded down; of nothing, all is there. */
function percentOf(part: number, whole: number): number {
  return whole <= 0 ? 100 : Math.min(100, Math.floor((part / whole) * 100))
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}
