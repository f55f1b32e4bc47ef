/** What a key press makes of the view. Pure: the same view, key and list always give the same next view. */

import type { ListedRow } from '../layout/terminal-row.ts'
import { type Command, commandOf } from './keys.ts'
import { SORTS, type ViewState } from './view-state.ts'

/** What the view shows now. */
export interface ViewContext {
  /** All rows of the list, on the screen or not. */
  readonly rows: readonly ListedRow[]
  /** How many of them fit. */
  readonly shown: number
  readonly stripes: number
  /** Leaving the view ends the transfer, so it is asked for. */
  readonly ownsTransfer: boolean
  /** The transfer would go on without the command that owns it. */
  readonly mayDetach: boolean
}

/** `interrupt`: out, as an interruption from outside. `detach`: out, and the transfer goes on. */
export type Wish = 'interrupt' | 'detach'

export interface Update {
  readonly state: ViewState
  /** The watcher wants out: this ends the command. */
  readonly wish: Wish | undefined
}

const LONGEST_FILTER = 60

/** @param key as key-names.ts names it */
export function updateView(state: ViewState, key: string, context: ViewContext): Update {
  const command = commandOf(key)
  if (command === 'interrupt') return { state, wish: 'interrupt' }
  const told = { ...state, telling: false }
  if (state.asking) return answerQuestion(told, key, context)
  if (state.typing) return stay(typeFilter(told, key))
  if (command === undefined) return stay(told)
  if (command === 'quit' && state.page === 'tree') return leave(told, context)
  if (command === 'cancel') return stay({ ...told, asking: context.ownsTransfer })
  if (command === 'detach') return detach(told, context)
  return stay(obey(told, command, context))
}

function stay(state: ViewState): Update {
  return { state, wish: undefined }
}

/** The first row on a screen of `shown` rows that shows the chosen one, moved no more than needed. */
export function scrollTo(top: number, chosen: number, { shown, total }: { shown: number; total: number }): number {
  const last = Math.max(0, total - shown)
  const moved = chosen < 0 ? top : Math.min(Math.max(top, chosen - shown + 1), chosen)
  return Math.min(Math.max(0, moved), last)
}

function answerQuestion(state: ViewState, key: string, context: ViewContext): Update {
  const answered = { ...state, asking: false }
  if (commandOf(key) === 'detach') return detach(answered, context)
  return { state: answered, wish: key === 'y' || key === 'Y' ? 'interrupt' : undefined }
}

function leave(state: ViewState, { ownsTransfer }: ViewContext): Update {
  return { state: { ...state, asking: ownsTransfer }, wish: ownsTransfer ? undefined : 'interrupt' }
}

/** What is only watched is left with `q`: there is nothing to detach from. */
function detach(state: ViewState, { ownsTransfer, mayDetach }: ViewContext): Update {
  if (mayDetach) return { state, wish: 'detach' }
  return stay({ ...state, telling: ownsTransfer })
}

function typeFilter(state: ViewState, key: string): ViewState {
  const { filter } = state
  const found = (next: string): ViewState => ({ ...state, filter: next.slice(0, LONGEST_FILTER), top: 0 })
  if (key === 'enter') return { ...state, typing: false }
  if (key === 'escape') return { ...found(''), typing: false }
  if (key === 'backspace') return found(Array.from(filter).slice(0, -1).join(''))
  if (key === 'space') return found(`${filter} `)
  return Array.from(key).length === 1 ? found(filter + key) : state
}

function obey(state: ViewState, command: Command, context: ViewContext): ViewState {
  switch (command) {
    case 'help':
    case 'events':
      return { ...state, page: state.page === command ? 'tree' : command }
    case 'detail':
      return openDetail(state, context)
    case 'back':
    case 'quit':
      return goBack(state)
    case 'up':
      return move(state, context, -1)
    case 'down':
      return move(state, context, 1)
    case 'pageUp':
      return move(state, context, -context.shown)
    case 'pageDown':
      return move(state, context, context.shown)
    case 'first':
      return choose(state, context, 0)
    case 'last':
      return choose(state, context, context.rows.length - 1)
  }
  return state.page === 'tree' ? arrange(state, command, context) : state
}

/** What changes the list itself. */
function arrange(state: ViewState, command: Command, context: ViewContext): ViewState {
  switch (command) {
    case 'filter':
      return { ...state, typing: true }
    case 'sort':
      return reorder(state, 1)
    case 'sortBack':
      return reorder(state, -1)
    case 'stripe':
      return { ...state, stripe: nextStripe(state.stripe, context.stripes) }
    case 'fold':
      return fold(state, context)
    case 'unfold':
      return setFolded(state, chosenRow(state, context), false)
    case 'toggleFold':
      return setFolded(state, chosenRow(state, context), chosenRow(state, context)?.folded === false)
    case 'foldAll':
      return { ...state, folded: new Set(context.rows.filter(({ below }) => below > 0).map(handleOf)), top: 0 }
    case 'unfoldAll':
      return { ...state, folded: new Set() }
    default:
      return state
  }
}

function goBack(state: ViewState): ViewState {
  if (state.page !== 'tree') return { ...state, page: 'tree' }
  if (state.filter !== '') return { ...state, filter: '', top: 0 }
  return { ...state, cursor: undefined, top: 0 }
}

function openDetail(state: ViewState, { rows }: ViewContext): ViewState {
  if (state.page === 'detail') return { ...state, page: 'tree' }
  const cursor = state.cursor ?? rows[0]?.terminal.handle
  return cursor === undefined ? state : { ...state, cursor, page: 'detail' }
}

function move(state: ViewState, context: ViewContext, by: number): ViewState {
  const at = chosenIndex(state, context)
  if (at < 0) return choose(state, context, by > 0 ? 0 : context.rows.length - 1)
  return choose(state, context, at + by)
}

function choose(state: ViewState, { rows, shown }: ViewContext, wanted: number): ViewState {
  const at = Math.min(Math.max(0, wanted), rows.length - 1)
  const row = rows[at]
  if (row === undefined) return state
  return { ...state, cursor: row.terminal.handle, top: scrollTo(state.top, at, { shown, total: rows.length }) }
}

function reorder(state: ViewState, by: 1 | -1): ViewState {
  const at = (SORTS.indexOf(state.sort) + by + SORTS.length) % SORTS.length
  return { ...state, sort: SORTS[at] ?? 'tree', top: 0 }
}

function nextStripe(stripe: number | undefined, stripes: number): number | undefined {
  if (stripes <= 1) return undefined
  if (stripe === undefined) return 0
  return stripe + 1 < stripes ? stripe + 1 : undefined
}

function fold(state: ViewState, context: ViewContext): ViewState {
  const row = chosenRow(state, context)
  if (row === undefined || (row.below > 0 && !row.folded)) return setFolded(state, row, true)
  const at = context.rows.indexOf(row)
  const level = row.continues.length
  const above = context.rows.slice(0, at).findLastIndex(({ continues }) => continues.length < level)
  return above < 0 ? state : choose(state, context, above)
}

function setFolded(state: ViewState, row: ListedRow | undefined, folded: boolean): ViewState {
  if (row === undefined || row.below === 0) return state
  const next = new Set(state.folded)
  if (folded) next.add(row.terminal.handle)
  else next.delete(row.terminal.handle)
  return { ...state, folded: next }
}

function chosenIndex({ cursor }: ViewState, { rows }: ViewContext): number {
  return rows.findIndex(({ terminal }) => terminal.handle === cursor)
}

function chosenRow(state: ViewState, context: ViewContext): ListedRow | undefined {
  return context.rows[chosenIndex(state, context)]
}

function handleOf({ terminal }: ListedRow): number {
  return terminal.handle
}
