/** A machine's network with somebody who sees every frame that goes out and comes in, and who may change what goes out. */

import type { DialOptions, Frame, Link, LinkHandlers, Listener, Network } from '../../src/link/link.ts'
import type { Address } from '../../src/system/address.ts'

export interface OutgoingFrame {
  readonly type: number
  readonly parts: readonly Uint8Array[]
}

export interface LinkWatcher {
  opened(link: WatchedLink): void
  /** What really goes out in place of `frame`. */
  outgoing(link: WatchedLink, frame: OutgoingFrame): readonly OutgoingFrame[]
  incoming(link: WatchedLink, frame: Frame): void
}

export function watchNetwork(network: Network, watcher: LinkWatcher): Network {
  const watched = (inner: Link, peer: string) => {
    const link = new WatchedLink(inner, peer, watcher)
    watcher.opened(link)
    return link
  }
  return {
    listen: (address: Address, accept: (link: Link) => void): Promise<Listener> =>
      network.listen(address, (link) => accept(watched(link, link.remote.host))),
    dial: async (address: Address, options: DialOptions): Promise<Link> =>
      watched(await network.dial(address, options), address.host),
  }
}

export class WatchedLink implements Link {
  /** The link as the modelled network knows it. */
  readonly inner: Link
  /** The host at the other end. */
  readonly peer: string
  readonly #watcher: LinkWatcher

  constructor(inner: Link, peer: string, watcher: LinkWatcher) {
    this.inner = inner
    this.peer = peer
    this.#watcher = watcher
  }

  get peerFingerprint() {
    return this.inner.peerFingerprint
  }

  get remote() {
    return this.inner.remote
  }

  get dialled() {
    return this.inner.dialled
  }

  get bufferedBytes() {
    return this.inner.bufferedBytes
  }

  get open() {
    return this.inner.open
  }

  get receivedBytes() {
    return this.inner.receivedBytes
  }

  attach(handlers: LinkHandlers): void {
    this.inner.attach({
      frame: (frame) => {
        this.#watcher.incoming(this, frame)
        handlers.frame(frame)
      },
      drained: () => handlers.drained?.(),
      closed: (error) => handlers.closed?.(error),
    })
  }

  allowFrameBytes(limit: Parameters<Link['allowFrameBytes']>[0]): void {
    this.inner.allowFrameBytes(limit)
  }

  send(type: number, ...parts: readonly Uint8Array[]): void {
    if (!this.inner.open) return
    for (const frame of this.#watcher.outgoing(this, { type, parts })) this.inner.send(frame.type, ...frame.parts)
  }

  sendThen(taken: () => void, type: number, ...parts: readonly Uint8Array[]): void {
    if (!this.inner.open) return
    const frames = this.#watcher.outgoing(this, { type, parts })
    for (const frame of frames.slice(0, -1)) this.inner.send(frame.type, ...frame.parts)
    const last = frames.at(-1)
    if (last !== undefined) this.inner.sendThen(taken, last.type, ...last.parts)
  }

  close(error?: Error): void {
    this.inner.close(error)
  }
}
