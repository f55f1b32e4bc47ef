/**
 * What a framed link stands on: one ordered, authenticated stream of bytes in each direction. tls-transport.ts carries it over a
 * socket, memory-transport.ts over the modelled network.
 */

export interface TransportEvents {
  /** The next bytes, to be read or copied within the call: they are gone after it. */
  data(chunk: Uint8Array): void
  /** `bufferedBytes` has fallen. */
  progress(): void
  /** Exactly once, also after end() and destroy(); nothing follows. `error` is what cut the stream, undefined after its proper end. */
  closed(error: Error | undefined): void
}

export interface ByteTransport {
  /** Bytes handed to write() and not yet taken by the network. */
  readonly bufferedBytes: number
  /** Names who hears of this transport. Called once, before anything else. No event happens inside a call of this interface. */
  open(events: TransportEvents): void
  /** Lets data() begin. Until then what arrives waits in the network, which bounds it. */
  resume(): void
  /**
   * Queues the chunks in order. They must not change until the network has taken all of them: then `taken` is called, and they are
   * never read again. It is not called when the stream ends before.
   */
  write(chunks: readonly Uint8Array[], taken?: () => void): void
  /** Sends what is queued, then ends the stream. */
  end(): void
  /** Cuts the stream at once; what is queued is lost and the other side hears of a fault. */
  destroy(): void
}
