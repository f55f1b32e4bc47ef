import { expect, test } from 'vitest'
import { StoredContent, shapeOf } from '../../../src/content/stored-content.ts'
import type { Conversation } from '../../../src/link/conversation.ts'
import { decodePacketTable } from '../../../src/seal/packet-table-codec.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { TableRequests } from '../../../src/terminal/table-requests.ts'
import { Upstream } from '../../../src/terminal/upstream.ts'
import { BASE_TYPE } from '../../../src/wire/codes.ts'
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

test('tables are asked of every upstream, so that nobody waits for one who waits for him', async () => {
  const { tables, upstream, asked } = await asking()
  const second = upstream(1)
  tables.ask()
  expect(asked()).toEqual(['1: request 0,3'])
  const first = upstream(0)
  tables.ask()
  expect(asked()).toEqual(['0: request 0,3'])
  expect([first, second].map((one) => tables.owes(one))).toEqual([true, false])
})

test('each table is asked of each once, a few ahead', async () => {
  const { tables, upstream, comes, asked } = await asking()
  upstream(0)
  upstream(1)
  tables.ask()
  tables.ask()
  expect(asked()).toEqual(['0: request 0,3', '1: request 0,3'])
  comes()
  tables.ask()
  expect(asked()).toEqual(['0: request 3,1', '1: request 3,1'])
})

test('who comes later is asked for those that are missing', async () => {
  const { tables, upstream, comes, asked, lose } = await asking()
  const first = upstream(0)
  tables.ask()
  comes()
  asked()
  lose(first)
  upstream(0)
  tables.ask()
  expect(asked()).toEqual(['0: request 1,3'])
})

test('with the last table nothing more is asked for, or owed', async () => {
  const { tables, upstream, end, asked } = await asking()
  const first = upstream(0)
  upstream(1)
  end()
  tables.ask()
  expect(asked()).toEqual([])
  expect(tables.owes(first)).toBe(false)
})
