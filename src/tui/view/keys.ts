/** The keys of the live view: what each does, in one table from which the help page is made as well. */

export type Command =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'first'
  | 'last'
  | 'fold'
  | 'unfold'
  | 'toggleFold'
  | 'foldAll'
  | 'unfoldAll'
  | 'filter'
  | 'sort'
  | 'sortBack'
  | 'stripe'
  | 'detail'
  | 'events'
  | 'cancel'
  | 'detach'
  | 'help'
  | 'back'
  | 'quit'
  | 'interrupt'

export interface KeyBinding {
  /** As key-names.ts names them. */
  readonly keys: readonly string[]
  readonly command: Command
  /** The keys as they are written in the help; left out for one that stands there with the one before. */
  readonly label?: string
  readonly help?: string
}

export const KEY_BINDINGS: readonly KeyBinding[] = [
  { keys: ['up', 'k'], command: 'up', label: 'up, down', help: 'choose a terminal; also k, j' },
  { keys: ['down', 'j'], command: 'down' },
  {
    keys: ['pageup', 'ctrl+b'],
    command: 'pageUp',
    label: 'page up',
    help: 'and page down: by a screen; also ctrl-b, ctrl-f',
  },
  { keys: ['pagedown', 'ctrl+f'], command: 'pageDown' },
  { keys: ['home', 'g'], command: 'first', label: 'home, end', help: 'the first terminal, the last; also g, G' },
  { keys: ['end', 'G'], command: 'last' },
  { keys: ['left', 'h'], command: 'fold', label: 'left', help: 'fold what is below it, or go to its upstream; also h' },
  { keys: ['right', 'l'], command: 'unfold', label: 'right', help: 'unfold it; also l' },
  { keys: ['space'], command: 'toggleFold', label: 'space', help: 'fold or unfold it' },
  { keys: ['-'], command: 'foldAll', label: '-, +', help: 'fold all, unfold all' },
  { keys: ['+', '='], command: 'unfoldAll' },
  { keys: ['enter'], command: 'detail', label: 'enter', help: 'all about the chosen terminal' },
  { keys: ['/'], command: 'filter', label: '/', help: 'only terminals with these words in their name, state or error' },
  { keys: ['s'], command: 'sort', label: 's, S', help: 'the next order, the one before: tree, or by a column' },
  { keys: ['S'], command: 'sortBack' },
  {
    keys: ['t', 'tab'],
    command: 'stripe',
    label: 't',
    help: "the next stripe's tree, then all stripes folded into one",
  },
  { keys: ['e'], command: 'events', label: 'e', help: 'all that happened' },
  { keys: ['d'], command: 'detach', label: 'd', help: 'leave a push that goes on without this command' },
  { keys: ['c'], command: 'cancel', label: 'c', help: 'cancel the transfer of this push, after a question' },
  { keys: ['escape'], command: 'back', label: 'escape', help: 'back; drop the filter; let go of the chosen terminal' },
  { keys: ['q'], command: 'quit', label: 'q', help: 'leave; a push asks first, for it is cancelled then' },
  { keys: ['?', 'f1'], command: 'help' },
  { keys: ['ctrl+c'], command: 'interrupt' },
]

const COMMANDS = new Map(KEY_BINDINGS.flatMap(({ keys, command }) => keys.map((key) => [key, command] as const)))

/** What the key does, undefined for one that does nothing. */
export function commandOf(key: string): Command | undefined {
  return COMMANDS.get(key)
}
