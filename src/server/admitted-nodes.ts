/**
 * The nodes that may come in, by certificate, in memory: who a peer is must be known in the turn in which its HELLO comes. Kept in step
 * with the network database, in which only this process enrols and revokes.
 */

import type { Fingerprint, NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Node } from '../registry/nodes.ts'

export class AdmittedNodes {
  readonly #byFingerprint = new Map<Fingerprint, Node>()
  readonly #revoked = new Set<Fingerprint>()

  static async load(database: NetworkDatabase): Promise<AdmittedNodes> {
    const admitted = new AdmittedNodes()
    for (const node of await database.nodes.list()) admitted.add(node)
    for (const fingerprint of await database.nodes.listRevoked()) admitted.#revoked.add(fingerprint)
    return admitted
  }

  find(fingerprint: Fingerprint): Node | undefined {
    return this.#byFingerprint.get(fingerprint)
  }

  all(): IterableIterator<Node> {
    return this.#byFingerprint.values()
  }

  /** The node was revoked: it is nobody here now. */
  remove(node: NodeId): void {
    for (const [fingerprint, { nodeId }] of this.#byFingerprint) {
      if (nodeId !== node) continue
      this.#byFingerprint.delete(fingerprint)
      this.#revoked.add(fingerprint)
    }
  }

  /** The certificates of those that were cut off last, also by an earlier process. */
  lastRevoked(most: number): Fingerprint[] {
    return [...this.#revoked].slice(-most)
  }

  /** Whether this certificate's node was cut off. */
  isRevoked(fingerprint: Fingerprint): boolean {
    return this.#revoked.has(fingerprint)
  }

  /** A node has enrolled, or again with another certificate: the one before is worth nothing now. */
  add(node: Node): void {
    for (const [fingerprint, { nodeId }] of this.#byFingerprint) {
      if (nodeId === node.nodeId) this.#byFingerprint.delete(fingerprint)
    }
    this.#byFingerprint.set(node.fingerprint, node)
  }
}
