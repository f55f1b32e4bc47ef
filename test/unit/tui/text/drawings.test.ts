import { expect, test } from 'vitest'
import { widthOf } from '../../../../src/tui/layout/line.ts'
import { drawRanking } from '../../../../src/tui/text/rank-table.ts'
import { drawStatus } from '../../../../src/tui/text/status-table.ts'
import { drawPlan, drawTransfer } from '../../../../src/tui/text/transfer-drawing.ts'
import { sampleTerminal, sampleTransfer, sampleTree } from '../layout/sample-snapshot.ts'

const MiB = 1024 ** 2
const plain = { unicode: true, color: false }

test('a plan is a tree with ranks', () => {
  const plan = sampleTransfer(sampleTree(5, 3, ['planned']), { transfer: null })
  expect(drawPlan(plan, plain).split('\n').slice(2)).toEqual([
    '',
    'main',
    '├─○ web1  rank 1',
    '│ ├─○ web4  rank 4',
    '│ ╰─○ web5  rank 5',
    '├─○ web2  rank 2',
    '╰─○ web3  rank 3',
    '',
  ])
})

test('a plan keeps to its screen and leaves nothing out', () => {
  const offline = { code: 'E_OFFLINE', message: 'terminal web2 is offline: it gets the content when it is back' }
  const terminals = [
    sampleTerminal(1, 0, { predictedSeconds: 5.2 }),
    sampleTerminal(2, 1, { state: 'pending', error: offline }),
    sampleTerminal(3, 1, { predictedSeconds: 5.3 }),
  ]
  const striped = { transfer: null, tree: 'striped', stripes: 2, fanOut: 2, compression: 'auto' } as const
  const plan = sampleTransfer(terminals, { ...striped, cipher: 'xsalsa20-poly1305' })
  expect(drawPlan(plan, { ...plain, columns: 52 }).split('\n')).toEqual([
    'plan  photos.tar',
    '24.0 MiB · striped, 2 stripes, fan-out 2',
    'xsalsa20-poly1305 · auto compression · about 10.0 s',
    '',
    'main',
    '╰─○ web1  rank 1  about 5.2 s',
    '  ├─◔ web2  rank 2  pending: offline: it gets the',
    '  │         content when it is back',
    '  ╰─○ web3  rank 3  about 5.3 s',
    '',
  ])
})

test('a transfer is a tree and a table with all that is known', () => {
  const terminals = [
    sampleTerminal(1, 0, { state: 'active', bytes: 24 * MiB, seconds: 3.2, responseMs: 0.4 }),
    sampleTerminal(2, 1, {
      state: 'failed',
      bytes: 12 * MiB,
      attempts: 2,
      error: { code: 'E_X', message: 'no space' },
    }),
  ]
  const text = drawTransfer(sampleTransfer(terminals), plain, ({ handle }) => (handle === 1 ? ['main'] : ['web1']))
  expect(text.split('\n').slice(3)).toEqual([
    '12.4 s so far, predicted 10.0 s',
    '',
    'main',
    '╰─● web1  active',
    '  ╰─✕ web2  failed',
    '',
    'rank  name  state   from     bytes   done  rate  response   time  attempts  error',
    '   1  web1  active  main  24.0 MiB  100 %     -    0.4 ms  3.2 s         1',
    '   2  web2  failed  web1  12.0 MiB   50 %     -         -      -         2  no space',
    '',
  ])
})

test('a ranking shows a dash for what was not measured', () => {
  const measured = {
    rank: 1,
    name: 'web1',
    node: 'x'.repeat(43),
    address: '10.0.0.1:7717',
    online: true,
    leaf: false,
    pinned: false,
    excluded: false,
    labels: ['role=web'],
    groups: ['canary'],
    lastSeenAt: '2026-01-01T00:00:00.000Z',
    score: { seconds: 0.16, responseSeconds: 0.00042, trainSeconds: 0.16, retrySeconds: 0 },
    responseMs: 0.42,
    bytesPerSecond: 100 * MiB,
    successRate: 0.999,
    samples: 10,
    history: [1, 2, 3],
    freeBytes: null,
  }
  const fresh = {
    ...measured,
    rank: 2,
    name: 'web10',
    address: null,
    online: false,
    leaf: true,
    labels: [],
    groups: [],
    history: [],
    score: null,
    lastSeenAt: null,
    responseMs: null,
  }
  const terminals = [measured, { ...fresh, bytesPerSecond: null, successRate: null }]
  const text = drawRanking({ by: 'score', trainBytes: 16 * MiB, terminals }, plain)
  expect(text.split('\n')).toEqual([
    'rank  name   state     score  response   throughput  success  why             history  marks             address        last seen',
    '   1  web1   online   160 ms    0.4 ms  100.0 MiB/s     99 %  fastest         ▁▅█      role=web @canary  10.0.0.1:7717  2026-01-01T00:00:00Z',
    '   2  web10  offline       -         -            -        -  never measured           leaf              -              -',
    '',
    'Ordered by the score, the time to take in and pass on 16.0 MiB: (response + size / throughput) / success. History: response time.',
    '',
  ])
})

const library = { contents: 0, bytes: 0, quotaBytes: null, freeBytes: 2 ** 40, held: [] }

test('the status is a table of transfers under the count of terminals', () => {
  const { terminals: _, ...summary } = sampleTransfer(sampleTree(4, 3, ['active', 'failed']), { state: 'partial' })
  const text = drawStatus(
    { terminalsOnline: 3, terminals: 4, transfers: [summary], owed: [], library },
    { color: false },
  )
  expect(text.split('\n')).toEqual([
    '3 of 4 terminals online',
    '',
    'transfer  state    name            size  delivered  failed  pending    time  predicted  created',
    '      42  partial  photos.tar  24.0 MiB          2       2        0  12.4 s     10.0 s  2026-01-01T00:00:00Z',
    '',
  ])
  expect(drawStatus({ terminalsOnline: 0, terminals: 0, transfers: [], owed: [], library }, { color: false })).toBe(
    '0 of 0 terminals online\nno transfers yet\n',
  )
})

test('the time that was predicted stands beside the time taken, where a terminal was there', () => {
  const transfer = sampleTransfer(sampleTree(2, 3, ['active']), { state: 'complete' })
  const nobody = { ...transfer, predictedSeconds: 0 }
  const drawn = (snapshot: typeof transfer) => drawTransfer(snapshot, plain, () => ['main']).split('\n')
  expect(drawn(transfer)).toContain('took 12.4 s, predicted 10.0 s')
  expect(drawn(nobody)).toContain('took 12.4 s')
  const listed = { terminalsOnline: 1, terminals: 1, transfers: [nobody], owed: [], library }
  expect(drawStatus(listed, { color: false }).split('\n')[3]).toMatch(/ 12\.4 s {10}- {2}2026-/)
})

test('what is still owed stands below the transfers, with the reason', () => {
  const { terminals: _, ...summary } = sampleTransfer(sampleTree(4, 3, ['active', 'pending']), { state: 'partial' })
  const error = { code: 'E_OFFLINE', message: 'terminal web2 is offline' }
  const owed = [{ transfer: 42, destination: 'photos.tar', terminal: 'web2', state: 'pending' as const, error }]
  const text = drawStatus({ terminalsOnline: 3, terminals: 4, transfers: [summary], owed, library }, { color: false })
  expect(text.split('\n').slice(4)).toEqual([
    '',
    'transfer  still owed to  state    destination  why',
    '      42  web2           pending  photos.tar   terminal web2 is offline',
    '',
  ])
})

test('a very long name is shortened in its middle, and the columns stay in line', () => {
  const { terminals: _, ...summary } = sampleTransfer([], { name: `${'a'.repeat(250)}.tar` })
  const transfers = [summary, { ...summary, name: 'short' }]
  const text = drawStatus({ terminalsOnline: 1, terminals: 1, transfers, owed: [], library }, { color: false })
  const [long = '', short = ''] = text.split('\n').slice(3)
  expect(long).toContain(`${'a'.repeat(23)}...${'a'.repeat(18)}.tar`)
  expect(long).toHaveLength(short.length)
  expect(long.length).toBeLessThan(160)
})

const widest = (text: string) => Math.max(...text.split('\n').map(widthOf))

test('on a narrow screen a ranking leaves out what matters least, and says so', () => {
  const terminal = {
    ...{ rank: 1, name: 'web1', node: 'x', address: '10.0.0.1:7717', online: true, leaf: false, pinned: false },
    ...{ excluded: false, labels: ['role=web'], groups: [], lastSeenAt: '2026-01-01T00:00:00.000Z', freeBytes: null },
    ...{ score: { seconds: 0.16, responseSeconds: 0.1, trainSeconds: 0.06, retrySeconds: 0 }, responseMs: 0.4 },
    ...{ bytesPerSecond: 100 * MiB, successRate: 1, samples: 1, history: Array.from({ length: 24 }, (_, k) => k) },
  }
  const ranking = { by: 'score' as const, trainBytes: 16 * MiB, terminals: [terminal] }
  const narrow = drawRanking(ranking, { ...plain, columns: 80 })
  expect(widest(narrow)).toBeLessThanOrEqual(80)
  expect(narrow.split('\n')[0]).toBe('rank  name  state    score  response   throughput  success  why      marks')
  expect(narrow).toContain('no room here for history, address, last seen: a wider screen or --json shows it')
  expect(drawRanking(ranking, { ...plain, columns: 200 })).not.toContain('no room')
  expect(drawRanking(ranking, plain)).not.toContain('no room')
})

test('on a narrow screen a reason goes on below itself, and so does nothing else', () => {
  const error = {
    code: 'E_NO_SPACE',
    message: '8.0 MiB free in /srv/www, 24.0 MiB needed: free space there, or push without it',
  }
  const terminals = [sampleTerminal(1, 0, { state: 'active' }), sampleTerminal(2, 0, { state: 'failed', error })]
  const text = drawTransfer(sampleTransfer(terminals), { ...plain, columns: 80 }, () => ['main'])
  expect(widest(text)).toBeLessThanOrEqual(80)
  const lines = text.split('\n')
  const at = lines.findIndex((line) => line.includes('8.0 MiB free'))
  expect(lines[at + 1]).toMatch(/^ {40,}\S/)
  expect(text.replace(/\s+/g, ' ')).toContain(error.message)
})

test('colours are escape sequences around the text, and only when asked for', () => {
  const plan = sampleTransfer(sampleTree(2, 3, ['failed']))
  expect(drawPlan(plan, { unicode: true, color: true })).toContain('\x1b[31m✕ ')
  expect(drawPlan(plan, plain)).not.toContain('\x1b')
})

test('the list of transfers tells what the library holds, and its quota', () => {
  const holding = (contents: number, quotaBytes: number | null) =>
    drawStatus(
      {
        terminalsOnline: 1,
        terminals: 1,
        transfers: [],
        owed: [],
        library: { contents, bytes: 1024 ** 2, quotaBytes, freeBytes: 2 ** 40, held: [] },
      },
      { color: false },
    ).split('\n')[0]
  expect(holding(1, null)).toBe('1 of 1 terminals online · library: 1 content, 1.0 MiB')
  expect(holding(2, 1024 ** 3)).toBe('1 of 1 terminals online · library: 2 contents, 1.0 MiB of 1.0 GiB')
})
