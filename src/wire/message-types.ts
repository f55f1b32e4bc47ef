/**
 * The number of every message, and who may send it on which link: treecast-protocol(7), MESSAGES.
 *
 * A link has one purpose for its whole life, told by the dialler's HELLO. What is not listed for a purpose and side closes the link.
 */

export const MESSAGE = {
  hello: 0x01,
  enrol: 0x02,
  enrolled: 0x03,
  heartbeat: 0x04,
  refused: 0x05,
  ping: 0x06,
  pong: 0x07,
  ticket: 0x08,
  clock: 0x09,

  transportRequest: 0x10,
  routeAck: 0x11,
  request: 0x12,
  requestIfHeld: 0x13,
  notHeld: 0x14,
  packet: 0x15,
  ack: 0x16,
  progress: 0x17,
  receipt: 0x18,
  receiptKept: 0x19,
  failure: 0x1a,
  reroute: 0x1b,
  cancel: 0x1c,
  busy: 0x1d,
  summon: 0x1e,
  openFeed: 0x1f,
  confirm: 0x20,
  confirmed: 0x21,
  preflight: 0x22,
  preflightAnswer: 0x23,
  probe: 0x24,
  probed: 0x25,
  deliver: 0x26,

  describeContent: 0x28,
  contentDescribed: 0x29,
  provide: 0x2a,
  tableOffer: 0x2b,
  tableSigned: 0x2c,
  cannotProvide: 0x2d,
  dismiss: 0x2e,
  revoked: 0x2f,

  push: 0x30,
  planned: 0x31,
  upload: 0x32,
  uploadCredit: 0x33,
  uploadEnd: 0x34,
  stored: 0x35,
  watch: 0x36,
  snapshot: 0x37,
  query: 0x38,
  answer: 0x39,
  cancelTransfer: 0x3a,
  steer: 0x3b,
  snapshotTaken: 0x3c,
  offersTaken: 0x3d,
  uploadOffer: 0x3e,
  uploadLacks: 0x3f,
} as const

export type MessageName = keyof typeof MESSAGE

const NAMES = new Map<number, MessageName>((Object.keys(MESSAGE) as MessageName[]).map((name) => [MESSAGE[name], name]))

/** The message's name, or undefined for a type this version does not know. */
export function messageName(type: number): MessageName | undefined {
  return NAMES.get(type)
}

/**
 * What a link is for. `control`: terminal to main server. `requests`: receiver to sender. `data`: sender to receiver. `feed`: in place of
 * `data`, opened by a receiver that cannot be dialled. `direct`: in place of both `data` and `requests`, opened by an operator that serves its
 * own push and cannot be dialled. `probe`: main server to terminal, to measure how fast it takes bytes.
 */
export const PURPOSES = ['control', 'requests', 'data', 'feed', 'direct', 'probe', 'operator', 'enrol'] as const
export type Purpose = (typeof PURPOSES)[number]

/** Who of the two speaks: the side that dialled the link, or the one that accepted it. */
export type Side = 'dialler' | 'acceptor'

const SPEECH: Readonly<Record<Purpose, Readonly<Record<Side, readonly MessageName[]>>>> = {
  enrol: { dialler: ['hello', 'enrol'], acceptor: ['hello', 'enrolled', 'refused'] },
  control: {
    dialler: [
      'hello',
      'heartbeat',
      'clock',
      'routeAck',
      'progress',
      'receipt',
      'failure',
      'summon',
      'confirm',
      'preflightAnswer',
      'contentDescribed',
      'tableOffer',
      'cannotProvide',
    ],
    acceptor: [
      'hello',
      'refused',
      'heartbeat',
      'clock',
      'receiptKept',
      'deliver',
      'reroute',
      'cancel',
      'openFeed',
      'confirmed',
      'preflight',
      'revoked',
      'describeContent',
      'provide',
      'tableSigned',
      'dismiss',
    ],
  },
  requests: {
    dialler: ['hello', 'ticket', 'routeAck', 'request', 'requestIfHeld', 'ack'],
    acceptor: ['hello', 'refused', 'notHeld', 'busy'],
  },
  data: {
    dialler: ['hello', 'ticket', 'transportRequest', 'packet', 'cancel'],
    acceptor: ['hello', 'refused', 'failure'],
  },
  feed: {
    dialler: ['hello', 'failure'],
    acceptor: ['hello', 'refused', 'ticket', 'transportRequest', 'packet', 'cancel'],
  },
  direct: {
    dialler: ['hello', 'ticket', 'transportRequest', 'packet', 'cancel', 'notHeld', 'busy'],
    acceptor: ['hello', 'refused', 'failure', 'ticket', 'routeAck', 'request', 'requestIfHeld', 'ack'],
  },
  probe: {
    dialler: ['hello', 'probe'],
    acceptor: ['hello', 'refused', 'probed'],
  },
  operator: {
    dialler: [
      'hello',
      'push',
      'upload',
      'uploadOffer',
      'uploadEnd',
      'watch',
      'snapshotTaken',
      'query',
      'cancelTransfer',
      'steer',
      'failure',
      'tableOffer',
      'cannotProvide',
    ],
    acceptor: [
      'hello',
      'refused',
      'planned',
      'offersTaken',
      'uploadLacks',
      'uploadCredit',
      'stored',
      'snapshot',
      'answer',
      'provide',
      'tableSigned',
      'dismiss',
    ],
  },
}

/** Whether the side may send this message on a link of this purpose. */
export function maySend(purpose: Purpose, side: Side, message: MessageName): boolean {
  return SPEECH[purpose][side].includes(message)
}
