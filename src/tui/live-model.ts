/** The live view without a screen: newest snapshot, what happened, what the watcher chose. Draws pages and takes keys. */

import { escapeText } from '../system/escape-text.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { fitText, type Line } from './layout/line.ts'
import { symbolsFor } from './layout/symbols.ts'
import type { ListedRow } from './layout/terminal-row.ts'
import { chooseVisible } from './layout/visible-terminals.ts'
import { drawDetailPage } from './pages/detail-page.ts'
import { drawFooter, type Stays } from './pages/footer.ts'
import { drawHappeningsPage } from './pages/happenings-page.ts'
import { drawHelpPage } from './pages/help-page.ts'
import { drawTreePage, planTreePage, rowsThatFit } from './pages/tree-page.ts'
import type { ScreenSize } from './screen-size.ts'
import { type Happening, happeningsBetween } from './view/happenings.ts'
import { listTerminals } from './view/listed-terminals.ts'
import { scrollTo, updateView, type Wish } from './view/update-view.ts'
import { FIRST_VIEW, type ViewState } from './view/view-state.ts'

export interface LiveModelOptions {
  readonly unicode: boolean
  /** Whether keys are heard; without, there is nothing to say about them. */
  readonly keys: boolean
  /** Whether leaving the view ends the transfer. */
  readonly ownsTransfer: boolean
  /** Whether the transfer can do without the command that owns it, once the main server has all it needs from it. */
  readonly detachable: boolean
}

/** As many as anybody scrolls back through. */
const MOST_HAPPENINGS = 200

export class LiveModel {
  readonly #options: LiveModelOptions
  #snapshot: TransferSnapshot
  #happenings: readonly Happening[] = []
  #state: ViewState = FIRST_VIEW

  constructor(first: TransferSnapshot, options: LiveModelOptions) {
    this.#snapshot = first
    this.#options = options
  }

  get snapshot(): TransferSnapshot {
    return this.#snapshot
  }

  /** Takes a newer snapshot. */
  show(next: TransferSnapshot): void {
    this.#happenings = [...this.#happenings, ...happeningsBetween(this.#snapshot, next)].slice(-MOST_HAPPENINGS)
    this.#snapshot = next
  }

  /** Takes a key. @returns how the watcher wants out, if so */
  press(key: string, size: ScreenSize): Wish | undefined {
    const rows = this.#rows()
    const { ownsTransfer } = this.#options
    const shown = Math.max(1, this.#room(size, rows))
    const { stripes } = this.#snapshot
    const mayDetach = this.#stays === undefined
    const { state, wish } = updateView(this.#state, key, { rows, shown, stripes, ownsTransfer, mayDetach })
    this.#state = state
    return wish
  }

  /** The page that is open, as lines: never more than fit. */
  draw(size: ScreenSize, elapsedSeconds: number): Line[] {
    const style = { ...size, symbols: symbolsFor(this.#options.unicode), elapsedSeconds }
    const footer = this.#footer(size)
    const [snapshot, happenings] = [this.#snapshot, this.#happenings]
    const terminal = snapshot.terminals.find(({ handle }) => handle === this.#state.cursor)
    if (footer !== undefined && this.#state.page === 'help') return drawHelpPage(style, footer)
    if (footer !== undefined && this.#state.page === 'events')
      return drawHappeningsPage({ snapshot, happenings }, style, footer)
    if (footer !== undefined && this.#state.page === 'detail' && terminal !== undefined)
      return drawDetailPage({ snapshot, terminal, happenings }, style, footer)
    return this.#drawTree(size, elapsedSeconds)
  }

  /** What stays on the screen when the view is over. */
  drawLast(size: ScreenSize, elapsedSeconds: number): Line[] {
    const style = { ...size, symbols: symbolsFor(this.#options.unicode), elapsedSeconds }
    const page = { snapshot: this.#snapshot, happenings: [], footer: undefined, cursor: undefined, title: 'terminal' }
    const { list } = planTreePage(page, size.rows)
    return drawTreePage({ ...page, rows: this.#liveliest(list), first: undefined }, style)
  }

  #drawTree(size: ScreenSize, elapsedSeconds: number): Line[] {
    const style = { ...size, symbols: symbolsFor(this.#options.unicode), elapsedSeconds }
    const { snapshot } = this
    const { cursor, top } = this.#state
    const happenings = this.#happenings
    const page = { snapshot, happenings, footer: this.#footer(size), cursor, title: this.#title() }
    const { list } = planTreePage(page, size.rows)
    if (this.#showsLiveliest && snapshot.terminals.length > list)
      return drawTreePage({ ...page, rows: this.#liveliest(list), first: undefined }, style)
    const rows = this.#rows()
    const chosen = rows.findIndex(({ terminal }) => terminal.handle === cursor)
    const first = scrollTo(top, chosen, { shown: rowsThatFit(list, rows.length), total: rows.length })
    return drawTreePage({ ...page, rows, first }, style)
  }

  /** Nobody chose what to see: then it is what moves. */
  get #showsLiveliest(): boolean {
    const { cursor, filter, sort, folded } = this.#state
    return cursor === undefined && filter === '' && sort === 'tree' && folded.size === 0
  }

  #liveliest(room: number): ListedRow[] {
    const { terminals } = this.#snapshot
    const { stripe } = this.#state
    const visible = chooseVisible(terminals, rowsThatFit(room, terminals.length), stripe)
    return listTerminals(visible, { ...FIRST_VIEW, stripe })
  }

  #rows(): ListedRow[] {
    return listTerminals(this.#snapshot.terminals, this.#state)
  }

  #room(size: ScreenSize, rows: readonly ListedRow[]): number {
    const { list } = planTreePage({ happenings: this.#happenings, footer: this.#footer(size) }, size.rows)
    return rowsThatFit(list, rows.length)
  }

  /** Why the command cannot leave the transfer to itself now; undefined when it can. */
  get #stays(): Stays | undefined {
    const { ownsTransfer, detachable } = this.#options
    if (!ownsTransfer || !detachable) return 'serves'
    return this.#snapshot.contentDigest === null ? 'uploads' : undefined
  }

  #footer({ columns }: ScreenSize): Line | undefined {
    const { keys, unicode, ownsTransfer } = this.#options
    if (!keys) return undefined
    return drawFooter({
      state: this.#state,
      snapshot: this.#snapshot,
      ownsTransfer,
      stays: this.#stays,
      columns: Math.max(1, columns - 1),
      symbols: symbolsFor(unicode),
    })
  }

  #title(): string {
    const { filter, sort, stripe } = this.#state
    const { stripes } = this.#snapshot
    const parts = [
      ...(filter === '' ? [] : [escapeText(`/${filter}`)]),
      ...(sort === 'tree' ? [] : [`by ${sort}`]),
      ...(stripe === undefined || stripes <= 1 ? [] : [`stripe ${stripe + 1} of ${stripes}`]),
    ]
    return parts.length === 0 ? 'terminal' : fitText(parts.join(' '), 22, '')
  }
}
