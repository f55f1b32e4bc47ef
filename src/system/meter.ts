/**
 * The figures of a daemon as an argument: counters and times that the code notes as it goes, and readings that are taken when somebody
 * asks. Every figure is listed here, with the words that describe it to Prometheus; treecast-serve(1) and treecast-relay(1) list them
 * for people.
 */

interface FigureFacts {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels?: readonly string[]
}

export const FIGURES = {
  treecast_build_info: { kind: 'gauge', help: 'Always 1; the labels say what runs', labels: ['version', 'role'] },
  treecast_sent_bytes_total: { kind: 'counter', help: 'Bytes sent on all links, within TLS' },
  treecast_received_bytes_total: { kind: 'counter', help: 'Bytes received on all links, within TLS' },
  treecast_packets_refused_total: { kind: 'counter', help: 'Packets that failed a check and were asked for again' },
  treecast_transfers_under_way: { kind: 'gauge', help: 'Transfers that this process works on' },
  treecast_terminals: { kind: 'gauge', help: 'Terminals that have joined, and those here now', labels: ['state'] },
  treecast_transfers: { kind: 'gauge', help: 'Transfers in the network database', labels: ['state'] },
  treecast_deliveries: { kind: 'gauge', help: 'Deliveries of transfers that are under way or owed', labels: ['state'] },
  treecast_deliveries_received_total: { kind: 'counter', help: 'Receipts for whole contents that terminals gave' },
  treecast_deliveries_failed_total: { kind: 'counter', help: 'Deliveries that failed, each time they did' },
  treecast_delivery_retries_total: { kind: 'counter', help: 'Deliveries that were tried again' },
  treecast_reroutes_total: { kind: 'counter', help: 'Upstreams that were replaced by another' },
  treecast_response_seconds: {
    kind: 'histogram',
    help: 'From a heartbeat or transport request to the answer of the terminal',
  },
  treecast_library_bytes: { kind: 'gauge', help: 'Bytes of contents that the library holds' },
  treecast_library_contents: { kind: 'gauge', help: 'Contents that the library holds' },
  treecast_main_server_connected: { kind: 'gauge', help: '1 while the main server is there, else 0' },
  treecast_reused_bytes_total: { kind: 'counter', help: 'Bytes that lay at the destination and were not fetched' },
  treecast_contents_activated_total: { kind: 'counter', help: 'Contents that were put into the inbox' },
} as const satisfies Readonly<Record<string, FigureFacts>>

export type FigureName = keyof typeof FIGURES
type NameOf<K extends FigureFacts['kind']> = {
  [N in FigureName]: (typeof FIGURES)[N]['kind'] extends K ? N : never
}[FigureName]

/** A figure as it stands when somebody asks; of a counter that is kept elsewhere, its total. */
export interface Reading {
  readonly name: NameOf<'gauge' | 'counter'>
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

export interface Meter {
  count(name: NameOf<'counter'>, by?: number): void
  observe(name: NameOf<'histogram'>, seconds: number): void
  /** Takes these readings whenever somebody asks. Labels that a later reading leaves out are gone. */
  onAsk(read: () => Promise<readonly Reading[]> | readonly Reading[]): void
}

/** Notes nothing. */
export const silentMeter: Meter = { count() {}, observe() {}, onAsk() {} }
