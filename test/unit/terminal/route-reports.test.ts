import { describe, expect, test } from 'vitest'
import { TreecastError } from '../../../src/system/errors.ts'
import { RouteReports } from '../../../src/terminal/route-reports.ts'
import type { MessageBody } from '../../../src/wire/messages.ts'

const PLACE = { stripe: 1, handle: 4, depth: 2 }

function reporting() {
  const routed: MessageBody<'routeAck'>[] = []
  const failures: MessageBody<'failure'>[] = []
  const reports = {
    routed: (ack: MessageBody<'routeAck'>) => routed.push(ack),
    failure: (failure: MessageBody<'failure'>) => failures.push(failure),
  }
  return { routed, failures, route: new RouteReports({ transfer: 7, reports }) }
}

describe('a place in the route', () => {
  test('is told once, and again when the main server has come back', () => {
    const { routed, route } = reporting()
    route.tell(PLACE)
    route.tell(PLACE)
    expect(routed).toEqual([{ transfer: 7, stripe: 1, upstream: 4, depth: 2, order: 0 }])
    route.tellAgain(PLACE)
    expect(routed.length).toBe(2)
  })

  test.each([{ handle: 5 }, { depth: 3 }])('is told when it changes: %o', (change) => {
    const { routed, route } = reporting()
    route.tell(PLACE)
    route.tell({ ...PLACE, ...change })
    expect(routed.length).toBe(2)
  })

  test('is told for each stripe by itself', () => {
    const { routed, route } = reporting()
    route.tell(PLACE)
    route.tell({ ...PLACE, stripe: 0 })
    route.tell(PLACE)
    expect(routed.map(({ stripe }) => stripe)).toEqual([1, 0])
  })

  test('names the last order that was carried out in its stripe, and is told for that alone', () => {
    const { routed, route } = reporting()
    route.tell(PLACE)
    route.carriedOut(1, 9)
    route.tell(PLACE)
    expect(routed.map(({ order }) => order)).toEqual([0, 9])
    expect([route.ackOf(PLACE).order, route.ackOf({ ...PLACE, stripe: 0 }).order]).toEqual([9, 0])
  })
})

test('who does not serve is told with the reason, and no more of it than a message holds', () => {
  const { failures, route } = reporting()
  route.tellFailure(1, 4, new TreecastError('E_STALLED', 'x'.repeat(3_000)))
  const facts = { transfer: 7, stripe: 1, about: 'upstream', handle: 4, code: 'E_STALLED', final: false }
  expect(failures).toEqual([{ ...facts, message: 'x'.repeat(2_000) }])
})
