/** Which way of telling a transfer fits the options and the screen. */

import {
  jsonReport,
  lineReport,
  quietReport,
  type TextScreen,
  type TransferReport,
  type TreeOwner,
  treeReport,
} from './transfer-report.ts'

export interface ReportChoice extends TreeOwner {
  readonly json: boolean
  readonly quiet: boolean
  readonly noTui: boolean
  readonly screen: TextScreen
  /** Takes one line for stderr. */
  readonly tellFailure: (line: string) => void
}

/** JSON before quiet before the live tree, which needs a screen that can move its cursor. */
export async function chooseReport(choice: ReportChoice): Promise<TransferReport> {
  const { json, quiet, noTui, screen, tellFailure } = choice
  if (json) return jsonReport(screen.stdout)
  const text = await import('../tui/text/transfer-lines.ts')
  if (quiet) return quietReport(tellFailure, text)
  if (screen.moves && !noTui) return treeReport(screen, text, choice)
  return lineReport(screen.stdout, text)
}
