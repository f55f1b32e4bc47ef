/** What `treecast rank SELECTOR` is to change, from its options. Pure. */

import { labelTexts } from '../wire/labels.ts'
import type { MessageBody } from '../wire/messages.ts'
import { readGroups, readLabels } from './label-options.ts'
import type { RANK_OPTIONS, SettingsOf } from './option-tables.ts'
import { usageError } from './usage-error.ts'

type RankSettings = SettingsOf<typeof RANK_OPTIONS>
export type RankChange = Omit<MessageBody<'steer'>, 'to'>

/**
 * The change; undefined when the options only ask.
 * @throws E_USAGE for options that exclude each other
 */
export function readChange(settings: RankSettings): RankChange | undefined {
  const { pin, unpin, exclude, include, revoke, probe } = settings
  refuseBoth(settings, ['pin', 'unpin'])
  refuseBoth(settings, ['exclude', 'include'])
  refuseBoth(settings, ['pin', 'exclude'])
  const labels = labelTexts(readLabels(settings.label, { removable: true }))
  const groups = readGroups('--group', settings.group)
  const ungroups = readGroups('--ungroup', settings.ungroup)
  const change: RankChange = {
    ...(pin || unpin ? { pinned: pin } : {}),
    ...(exclude || include ? { excluded: exclude } : {}),
    ...{ labels, groups, ungroups, revoke },
  }
  const others = pin || unpin || exclude || include || labels.length + groups.length + ungroups.length > 0
  if (revoke && probe) throw usageError('--revoke stands alone: what is cut off cannot be probed')
  if (revoke && others) throw usageError('--revoke stands alone: what is cut off need not be changed')
  return revoke || others ? change : undefined
}

function refuseBoth(settings: RankSettings, [one, other]: readonly ['pin' | 'exclude', keyof RankSettings]): void {
  if (settings[one] && settings[other]) throw usageError(`--${one} and --${other} exclude each other. Give one of them`)
}
