/** What a watcher chose to see of a transfer. Changed only by update-view.ts. */

export const SORTS = ['tree', 'rate', 'progress', 'response', 'state', 'name'] as const
/** The tree, or a list in the order of one column. */
export type Sort = (typeof SORTS)[number]

export type Page = 'tree' | 'detail' | 'events' | 'help'

export interface ViewState {
  readonly page: Page
  /** Handle of the chosen terminal. Undefined while none is: then those are shown where something happens. */
  readonly cursor: number | undefined
  /** Place of the first row on the screen in the whole list. */
  readonly top: number
  /** Terminals whose subtree is not shown. */
  readonly folded: ReadonlySet<number>
  /** Words that a terminal's name, state or error has to have. */
  readonly filter: string
  /** The filter is being typed: keys are text. */
  readonly typing: boolean
  readonly sort: Sort
  /** Which stripe's tree, from 0; undefined for all of them folded into one. */
  readonly stripe: number | undefined
  /** Asks whether the transfer is to be cancelled. */
  readonly asking: boolean
  /** Tells why the push cannot be left yet. */
  readonly telling: boolean
}

export const FIRST_VIEW: ViewState = {
  page: 'tree',
  cursor: undefined,
  top: 0,
  folded: new Set(),
  filter: '',
  typing: false,
  sort: 'tree',
  stripe: undefined,
  asking: false,
  telling: false,
}
