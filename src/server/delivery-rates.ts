/** What a finished delivery shows of its terminal's link, measured against how fast its upstreams had the content. Pure. */

import type { Receipt } from '../wire/signed-documents.ts'
import type { DeliveryBook } from './delivery-book.ts'
import type { DeliveryView } from './delivery-view.ts'
import { type TakenRates, takenRates } from './taken-rates.ts'

/** @param nowMs monotonic, of the main server */
export function ratesOf(
  delivery: DeliveryView,
  book: DeliveryBook,
  { elapsedMs, bytes, nowMs }: Pick<Receipt, 'elapsedMs' | 'bytes'> & { readonly nowMs: number },
): TakenRates {
  const sources = delivery.sources.list(nowMs)
  const supplies = sources.map(({ handle }) => supplyOf(handle, book, delivery))
  return takenRates({
    sources: sources.map((source) => ({ ...source, node: book.byHandle(source.handle)?.node ?? null })),
    ...{ elapsedMs, bytes },
    // What one of several upstreams lacks, the others make up for.
    supplyBytesPerSecond: supplies.length === 0 ? null : Math.min(...supplies),
  })
}

/** How fast an upstream could have had the content itself: as fast as it took it in, or, the main server, as its fastest child did. */
function supplyOf(handle: number, book: DeliveryBook, except: DeliveryView): number {
  const upstream = book.byHandle(handle)
  if (upstream !== undefined) return upstream.takenBytesPerSecond ?? Number.POSITIVE_INFINITY
  const children = book.all.filter((delivery) => delivery !== except && delivery.upstreams.includes(0))
  const fastest = children.reduce((most, child) => Math.max(most, child.takenBytesPerSecond ?? 0), 0)
  return fastest || Number.POSITIVE_INFINITY
}
