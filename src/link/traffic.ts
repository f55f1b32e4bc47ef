/** How much a process has sent and received on all its links, within TLS, since it started. */

export interface Traffic {
  sentBytes: number
  receivedBytes: number
}
