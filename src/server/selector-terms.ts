/**
 * The grammar of a SELECTOR: terms joined by commas, each of which says yes or no to one terminal. Pure.
 *
 *   all                 every terminal              @group      those in a group
 *   web1                the terminal of that name   role=web    those with a label; the value may be a glob
 *   web*  {db,web}?     a glob                      !TERM       takes away what TERM stands for
 *   node[1-99,120]      numbers; node[01-12] has them all two digits wide
 *
 * Brackets that hold only digits, commas and hyphens are a range of whole numbers; any other are a glob's set of characters.
 */

import picomatch from 'picomatch'
import toRegexRange from 'to-regex-range'
import { TreecastError } from '../system/errors.ts'
import { isGroupName, type Labels } from '../wire/labels.ts'

/** A terminal as selectors see it. */
export interface Selectable {
  readonly name: string
  readonly labels: Labels
  readonly groups: readonly string[]
}

export interface Term {
  /** As written, without the `!`. */
  readonly text: string
  readonly negated: boolean
  /** A plain name means one terminal, which must be there; every other kind may come to stand for nobody. */
  readonly kind: 'all' | 'name' | 'pattern' | 'label' | 'group'
  readonly matches: (terminal: Selectable) => boolean
}

/** Numbers of more digits than a safe integer has mean nothing. */
const MOST_DIGITS = 15
const GLOB = /[*?[\]{}]/
/** A terminal chooses its name; more wild cards than this make matching a name that was chosen to be slow take too long. */
const MOST_STARS = 4
const RANGE = /\[([\d,-]*)\]/g
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
/** Stands for a range while the rest of the term is read as a glob; of Unicode's private use, and in no name. */
const PLACE = 0xe000

/**
 * The terms of a selector, in their order.
 * @throws E_SELECTOR_SYNTAX
 */
export function parseSelector(selector: string): Term[] {
  return splitTerms(selector).map((part) => {
    const negated = part.startsWith('!')
    const text = (negated ? part.slice(1) : part).trim()
    if (hasStrayMark(text))
      throw syntaxError(selector, `has '${part}': a single ! before a term takes it away. ${meantWith(text)}`)
    if (text !== '') return { text, negated, ...meaningOf(text, selector) }
    throw syntaxError(selector, 'has an empty part: write terms separated by single commas, as in web1,web2')
  })
}

/** Whether a `!` stands where it takes nothing away: only a glob's set of characters and a label's value may have one. */
function hasStrayMark(text: string): boolean {
  return text.startsWith('!') || (!text.includes('=') && text.replace(/\[[^\]]*\]/g, '').includes('!'))
}

/** What a term with too many or misplaced `!` was most likely to be. */
function meantWith(text: string): string {
  const bare = text.replace(/!/g, '')
  return bare === '' ? 'Write !web7' : `Did you mean ${bare}, or !${bare}?`
}

function meaningOf(text: string, selector: string): Pick<Term, 'kind' | 'matches'> {
  if (text.toLowerCase() === 'all') return { kind: 'all', matches: () => true }
  if (text.startsWith('@')) return groupMeaning(text.slice(1), selector)
  if (text.includes('=')) return labelMeaning(text, selector)
  if (PLAIN_NAME.test(text)) {
    const wanted = text.toLowerCase()
    return { kind: 'name', matches: ({ name }) => name.toLowerCase() === wanted }
  }
  const pattern = patternOf(text, selector, 'i')
  return { kind: 'pattern', matches: ({ name }) => pattern.test(name) }
}

function groupMeaning(group: string, selector: string): Pick<Term, 'kind' | 'matches'> {
  if (!isGroupName(group)) throw syntaxError(selector, `has '@${group}', which is no group: write it as @canary`)
  return { kind: 'group', matches: ({ groups }) => groups.includes(group) }
}

function labelMeaning(text: string, selector: string): Pick<Term, 'kind' | 'matches'> {
  const at = text.indexOf('=')
  const [key, value] = [text.slice(0, at), text.slice(at + 1)]
  if (key === '' || value === '') {
    throw syntaxError(selector, `has '${text}', which is no label: write role=web, or role=* for any value`)
  }
  const pattern = patternOf(value, selector, '')
  return {
    kind: 'label',
    matches: ({ labels }) => Object.hasOwn(labels, key) && pattern.test(labels[key] as string),
  }
}

/** The whole-word pattern of a glob with ranges in it. */
function patternOf(text: string, selector: string, flags: string): RegExp {
  const ranges: string[] = []
  const glob = text.replace(RANGE, (_, list: string) => {
    ranges.push(rangePattern(list, selector))
    return String.fromCharCode(PLACE + ranges.length - 1)
  })
  const open = /[[\]]/.test(glob) && !/\[[^\]]+\]/.test(glob)
  if (open || /[^A-Za-z0-9._:+*?[\]{},!^\uE000-\uEFFF-]/.test(glob)) {
    throw syntaxError(
      selector,
      `has '${text}', which is neither a name, a range nor a glob: write web1, web[1-9] or web*`,
    )
  }
  if (glob.split('*').length - 1 > MOST_STARS) throw syntaxError(selector, `has more than ${MOST_STARS} * in '${text}'`)
  const source = GLOB.test(glob)
    ? picomatch.makeRe(glob, { dot: true, nonegate: true, noextglob: true }).source
    : `^${glob.replace(/[.+]/g, '\\$&')}$`
  // picomatch puts a backslash before some places.
  const whole = source.replace(
    /\\?([\uE000-\uEFFF])/g,
    (_, place: string) => ranges[place.charCodeAt(0) - PLACE] as string,
  )
  return new RegExp(whole, flags)
}

/** `1-99,120` as a pattern of exactly these numbers. */
function rangePattern(list: string, selector: string): string {
  const parts = list.split(',').map((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    const [from = '', to = from] = match?.slice(1) ?? []
    if (match === null || from.length > MOST_DIGITS || to.length > MOST_DIGITS) {
      throw syntaxError(selector, `has the range [${list}]: write numbers and spans of them, as in node[1-9,12]`)
    }
    if (Number(from) > Number(to))
      throw syntaxError(selector, `has the range ${part}, which runs backwards: write [${to}-${from}]`)
    const padded = from.length > 1 && from.startsWith('0')
    if (padded && from.length !== to.length) {
      const wide = from.padStart(to.length, '0')
      throw syntaxError(
        selector,
        `has the range ${part} of two widths: write [${wide}-${to}], or [${Number(from)}-${Number(to)}]`,
      )
    }
    return toRegexRange(from, to, { relaxZeros: false, capture: false })
  })
  return `(?:${parts.join('|')})`
}

/** Splits at the commas that stand in no brackets. */
function splitTerms(selector: string): string[] {
  const terms: string[] = ['']
  let depth = 0
  for (const character of selector) {
    if ('[{('.includes(character)) depth += 1
    else if (']})'.includes(character)) depth = Math.max(0, depth - 1)
    if (character === ',' && depth === 0) terms.push('')
    else terms[terms.length - 1] += character
  }
  if (depth > 0) throw syntaxError(selector, 'has a bracket that is not closed')
  return terms.map((term) => term.trim())
}

function syntaxError(selector: string, what: string): TreecastError {
  return new TreecastError('E_SELECTOR_SYNTAX', `selector '${selector}' ${what}`)
}
