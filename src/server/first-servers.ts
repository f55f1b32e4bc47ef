/** Finds who a push names as its first server, a terminal or its operator itself, and what it would provide. */

import type { NodeId } from '../identity/node-id.ts'
import { TreecastError } from '../system/errors.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { ContentQuestions } from './content-questions.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import { type FirstServer, PUSHER_NAME } from './providers.ts'
import type { Candidate } from './transfer-planning.ts'

/** A push as it is planned: of one with a first server, the content is as that describes it. */
export interface SourcedPush {
  readonly request: MessageBody<'push'>
  /** Undefined for the main server. */
  readonly first: Pick<FirstServer, 'node' | 'name' | 'path' | 'isPusher'> | undefined
}

export class FirstServers {
  readonly #presence: Pick<Presence, 'find'>
  readonly #questions: ContentQuestions

  constructor(presence: Pick<Presence, 'find'>, questions: ContentQuestions) {
    this.#presence = presence
    this.#questions = questions
  }

  /** @throws E_FIRST_SERVER when it cannot be one, and what it says of the path */
  async resolve(
    request: MessageBody<'push'>,
    candidates: readonly Candidate[],
    operator: NodeId,
  ): Promise<SourcedPush> {
    if (request.direct) return { request, first: asPusher(request, operator) }
    if (request.from === null) return { request, first: undefined }
    const { terminal: name, path } = request.from
    const terminal = this.#find(name, candidates)
    const { destination } = request
    const lands = destination.slice(destination.lastIndexOf('/') + 1)
    const { bytes, mode, modifiedMs, entryList } = await this.#questions.ask(terminal, { path, name: lands })
    const tops = entryList?.tops.map(({ kind }) => ({ destination, kind })) ?? []
    return {
      request: { ...request, bytes, mode, modifiedMs, entryList: entryList && { ...entryList, tops } },
      first: { node: terminal.node, name, path, isPusher: false },
    }
  }

  #find(name: string, candidates: readonly Candidate[]): PresentTerminal {
    const known = candidates.find((candidate) => candidate.name === name)
    if (known === undefined) throw refused(`there is no terminal ${name}: \`treecast rank\` lists them`)
    const present = this.#presence.find(known.node)
    if (present === undefined) throw refused(`terminal ${name} is offline, and cannot send what it has`)
    if (present.leaf)
      throw refused(`terminal ${name} is a leaf, and serves nobody: name another, or push the content itself`)
    return present
  }
}

/** @throws E_FIRST_SERVER */
function asPusher({ from, bytes, name }: MessageBody<'push'>, node: NodeId): NonNullable<SourcedPush['first']> {
  if (from !== null) throw refused('a push has one first server: its operator, or the terminal that it names')
  if (bytes === null) throw refused('a pusher serves only what has a size before it is read')
  return { node, name: PUSHER_NAME, path: name, isPusher: true }
}

function refused(message: string): TreecastError {
  return new TreecastError('E_FIRST_SERVER', message)
}
