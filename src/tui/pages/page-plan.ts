/** How the rows of a screen are shared out between head, list and what happened. Pure. */

export interface PagePlan {
  /** Blank line below the head. */
  readonly blank: boolean
  /** Rows of the list, the line about what does not fit among them. */
  readonly list: number
  /** Last happenings, below a rule of their own when `rule` is set. */
  readonly happenings: number
  readonly rule: boolean
}

export interface PageNeeds {
  readonly rows: number
  /** Lines of the head, with headings and whatever else always stands above the list. */
  readonly head: number
  readonly happenings: number
  readonly footer: boolean
}

/** A list shorter than this needs its rows more than anything else does. */
const SMALLEST_LIST = 6
const ROOMY_ROWS = 30

export function planPage({ rows, head, happenings, footer }: PageNeeds): PagePlan {
  const roomy = rows >= ROOMY_ROWS
  const blank = roomy
  const free = rows - head - (blank ? 1 : 0) - (footer ? 1 : 0)
  const most = roomy ? Math.floor(rows / 8) : 2
  const rule = roomy && happenings > 0
  const shown = Math.max(0, Math.min(happenings, most, free - SMALLEST_LIST - (rule ? 1 : 0)))
  const listed = free - shown - (rule && shown > 0 ? 1 : 0)
  return { blank, list: Math.max(0, listed), happenings: shown, rule: rule && shown > 0 }
}
