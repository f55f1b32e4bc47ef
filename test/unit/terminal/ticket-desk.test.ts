import { describe, expect, test } from 'vitest'
import { openSigned, SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import type { Conversation } from '../../../src/link/conversation.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { TicketDesk } from '../../../src/terminal/ticket-desk.ts'
import { createMember } from '../../support/cluster/member.ts'
import { issueTicket, signTransfer } from '../../support/cluster/signed-transfer.ts'

const random = seededRandom(1)
const [main, web1, web2] = ['main', 'web1', 'web2'].map((name) => createMember(name, random)) as [
  ReturnType<typeof createMember>,
  ReturnType<typeof createMember>,
  ReturnType<typeof createMember>,
]

const linkOf = (member: { fingerprint: string }) => ({ peerFingerprint: member.fingerprint }) as Conversation
const ticketOf = (holder: typeof web1, transfer = 1, signer = main) =>
  issueTicket(signer, holder, signTransfer(signer, { transfer }, random), { handle: 1, random }).signed

function desk(): TicketDesk {
  return new TicketDesk((signed) => openSigned(main.keys.ed25519Public, SIGNING_CONTEXT.ticket, signed) !== undefined)
}

describe('a ticket', () => {
  test('opens its transfer to the link that shows it, and to no other link or transfer', () => {
    const tickets = desk()
    const link = linkOf(web1)
    expect(tickets.show(link, ticketOf(web1)).ticket.name).toBe('web1')
    expect(tickets.need(link, 1).ticket.handle).toBe(1)
    expect(tickets.shown(linkOf(web1), 1)).toBeUndefined()
    expect(() => tickets.need(link, 2)).toThrow('was not shown for transfer 2')
  })

  test('of somebody else is refused', () => {
    expect(() => desk().show(linkOf(web2), ticketOf(web1))).toThrow('is for another terminal')
  })

  test('that the main server did not sign, or signed as something else, is refused', () => {
    const good = ticketOf(web1)
    const changed = { ...good, payload: good.payload.with(9, (good.payload[9] as number) ^ 1) }
    const manifest = signBytes(main.keys, SIGNING_CONTEXT.manifest, good.payload)
    for (const bad of [ticketOf(web1, 1, web2), changed, manifest]) {
      expect(() => desk().show(linkOf(web1), bad)).toThrow('is not signed by the main server')
    }
  })

  test('signed bytes that are no ticket are refused', () => {
    const nonsense = signBytes(main.keys, SIGNING_CONTEXT.ticket, Uint8Array.of(1, 2, 3))
    expect(() => desk().show(linkOf(web1), nonsense)).toThrow()
  })

  test('a link that shows very many keeps the latest', () => {
    const tickets = desk()
    const link = linkOf(web1)
    for (let transfer = 1; transfer <= 65; transfer++) tickets.show(link, ticketOf(web1, transfer))
    expect(tickets.shown(link, 1)).toBeUndefined()
    expect(tickets.shown(link, 2)).toBeDefined()
    expect(tickets.shown(link, 65)).toBeDefined()
  })

  test('shown again while the link has as many as it may drops no other', () => {
    const tickets = desk()
    const link = linkOf(web1)
    for (let transfer = 1; transfer <= 64; transfer++) tickets.show(link, ticketOf(web1, transfer))
    tickets.show(link, ticketOf(web1, 64))
    expect(tickets.shown(link, 1)).toBeDefined()
  })
})
