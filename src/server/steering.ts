/** What operators change about terminals: pinned, excluded, labels, groups, revoked. Every change is in the audit log, or is not made. */

import type { NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Terminal, TerminalSettings } from '../registry/terminals.ts'
import { TreecastError } from '../system/errors.ts'
import { changedLabels, labelsOf, MAX_GROUPS, MAX_LABELS } from '../wire/labels.ts'
import type { MessageBody } from '../wire/messages.ts'

export type Steering = MessageBody<'steer'>

/**
 * Writes the change of every terminal, and who made it, in one transaction.
 * @throws E_LABELS, E_GROUPS when a terminal would have too many
 */
export async function steerTerminals(
  database: NetworkDatabase,
  terminals: readonly Terminal[],
  { steering, operator }: { steering: Steering; operator: NodeId },
): Promise<void> {
  const changes = terminals.map((terminal) => ({ terminal, settings: settingsAfter(terminal, steering) }))
  await database.transaction(async (tx) => {
    for (const { terminal, settings } of changes) {
      const { nodeId, name } = terminal
      for (const action of actionsOf(steering)) {
        await tx.audit.record({ actor: operator, action: action.name, facts: { terminal: name, ...action.facts } })
      }
      await tx.terminals.set(nodeId, settings)
      if (steering.revoke) await tx.nodes.revoke(nodeId)
    }
  })
}

/** The settings of one terminal after a change. Pure. */
export function settingsAfter(terminal: Terminal, steering: Steering): TerminalSettings {
  const { pinned, excluded, labels, groups, ungroups } = steering
  const setLabels = changedLabels(terminal.setLabels, labelsOf(labels), terminal.ownLabels)
  const left = new Set(ungroups)
  const joined = [...new Set([...terminal.groups, ...groups])].filter((group) => !left.has(group)).sort()
  if (Object.keys(setLabels).length > MAX_LABELS) {
    throw new TreecastError(
      'E_LABELS',
      `${terminal.name} would have more than ${MAX_LABELS} labels: take some away first`,
    )
  }
  if (joined.length > MAX_GROUPS) {
    throw new TreecastError(
      'E_GROUPS',
      `${terminal.name} would be in more than ${MAX_GROUPS} groups: take it out of some`,
    )
  }
  return {
    // One terminal cannot be both: the last word counts.
    ...(pinned === undefined ? {} : { pinned, ...(pinned ? { excluded: false } : {}) }),
    ...(excluded === undefined ? {} : { excluded, ...(excluded ? { pinned: false } : {}) }),
    setLabels,
    groups: joined,
  }
}

interface Action {
  readonly name: string
  readonly facts?: Readonly<Record<string, string>>
}

function actionsOf({ pinned, excluded, labels, groups, ungroups, revoke }: Steering): Action[] {
  const actions: Action[] = []
  if (pinned !== undefined) actions.push({ name: pinned ? 'pinned' : 'unpinned' })
  if (excluded !== undefined) actions.push({ name: excluded ? 'excluded' : 'included' })
  for (const label of labels) actions.push({ name: 'labelled', facts: { label } })
  for (const group of groups) actions.push({ name: 'grouped', facts: { group } })
  for (const group of ungroups) actions.push({ name: 'ungrouped', facts: { group } })
  if (revoke) actions.push({ name: 'revoked' })
  return actions
}
