import { expect, test } from 'vitest'
import { StoredContent, shapeOf } from '../../../src/content/stored-content.ts'
import type { Conversation } from '../../../src/link/conversation.ts'
import { decodePacketTable } from '../../../src/seal/packet-table-codec.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { TableRequests } from '../../../src/terminal/table-requests.ts'
import { Upstream } from '../../../src/terminal/upstream.ts'
import { BASE_TYPE } from '../../../src/wire/codes.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import type { MessageBody } from '../../../src/wire/messages.ts'
import { sealContent } from './sealed-content.ts'

/** A terminal that has no table yet, and what it asks its upstreams for, as `STRIPE: NAME SEGMENTS`. */
async function asking() {
  const sealed = await sealContent(new Uint8Array(5_000_000))
  const file = await createMemoryFiles().open('/copy', 'create')
  const content = new StoredContent(file, shapeOf(sealed.manifest))
  const upstreams: Upstream[] = []
  const said: string[] = []
  const tables = new TableRequests({ transfer: 1, content, upstreams: () => upstreams })
  const comes = () => {
    const bytes = sealed.content.table(content.segments) as Uint8Array
    expect(content.addTable(decodePacketTable(bytes, sealed.verifyTable), bytes)).toBeUndefined()
  }
  return {
    tables,
    upstream(stripe: number): Upstream {
      const send = (name: string, { base, ranges }: MessageBody<'request'>) => {
        expect(base).toBe(BASE_TYPE.packetTable)
        said.push(`${stripe}: ${name} ${ranges}`)
      }
      const requests = { send } as unknown as Conversation
      const facts = { handle: stripe + 1, stripe, requests, packetBytes: 65_536, nextTable: 0, nowMs: 0 }
      const upstream = new Upstream(facts)
      upstreams.push(upstream)
      return upstream
    },
    lose: (upstream: Upstream) => upstreams.splice(upstreams.indexOf(upstream), 1),
    /** The next table is here. */
    comes,
    end() {
      while (content.last === undefined) comes()
    },
    asked: () => said.splice(0),
  }
}

const SILENT = LIMITS.tableSilentMs + 1

test('tables are waited for in the first stripe only, whichever upstream comes first', async () => {
  const { tables, upstream, asked } = await asking()
  const second = upstream(1)
  tables.ask()
  expect(asked()).toEqual(['1: requestIfHeld 0,3'])
  const first = upstream(0)
  tables.ask()
  expect(asked()).toEqual(['0: request 0,3'])
  expect([first, second].map((one) => tables.isWaitedFor(one))).toEqual([true, false])
  expect([first, second].map((one) => tables.owes(one))).toEqual([true, false])
})

test('each table is asked for once, a few ahead', async () => {
  const { tables, upstream, comes, asked } = await asking()
  upstream(0)
  upstream(1)
  tables.ask()
  tables.ask()
  expect(asked()).toEqual(['0: request 0,3'])
  comes()
  tables.ask()
  expect(asked()).toEqual(['0: request 3,1'])
})

test('while the first stripe is silent, the others are asked in turn for what they hold, and still none is waited for', async () => {
  const { tables, upstream, asked } = await asking()
  const first = upstream(0)
  upstream(1)
  upstream(2)
  tables.ask()
  asked()
  tables.lookAround(LIMITS.tableSilentMs)
  expect(asked()).toEqual([])
  for (let look = 0; look < 3; look++) tables.lookAround(SILENT)
  expect(asked()).toEqual(['1: requestIfHeld 0,3', '2: requestIfHeld 0,3', '1: requestIfHeld 0,3'])
  first.heardAtMs = SILENT
  tables.lookAround(SILENT)
  expect(asked()).toEqual([])
})

test('without the first stripe, the others are asked at once and then again and again', async () => {
  const { tables, upstream, lose, asked } = await asking()
  const first = upstream(0)
  upstream(1)
  tables.ask()
  asked()
  lose(first)
  tables.ask()
  tables.ask()
  tables.lookAround(1)
  expect(asked()).toEqual(['1: requestIfHeld 0,3', '1: requestIfHeld 0,3'])
})

test('with the last table nothing more is asked for, or owed', async () => {
  const { tables, upstream, end, asked } = await asking()
  const first = upstream(0)
  upstream(1)
  end()
  tables.ask()
  tables.lookAround(SILENT)
  expect(asked()).toEqual([])
  expect(tables.owes(first)).toBe(false)
})
