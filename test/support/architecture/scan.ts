/**
 * What a source file refers to: the modules it imports and the globals it uses, each with its line.
 *
 * Parsed, not searched for: a word in a comment, a string or a property name is no reference. Type-only imports count.
 */

import { parseSync } from 'oxc-parser'

/** One import, re-export, `import()` or type query. */
export interface ModuleReference {
  /** As written; undefined when it is computed, so that no check can say where it leads. */
  readonly specifier: string | undefined
  /** `lazy` is loaded only when its line runs. */
  readonly kind: 'eager' | 'lazy' | 'type'
  readonly line: number
}

/** One use of a global: `setTimeout`, `Date.now`, `new Date()`, `globalThis.Bun` (given as `Bun`). */
export interface GlobalUse {
  readonly name: string
  readonly line: number
}

export interface Scan {
  readonly modules: readonly ModuleReference[]
  readonly globals: readonly GlobalUse[]
}

interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

const GLOBAL_OBJECTS = new Set(['globalThis', 'global', 'self', 'window'])

/** Fields that hold a name and not a reference to what has that name. */
const NAME_FIELDS: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ['property'],
  Property: ['key'],
  MethodDefinition: ['key'],
  PropertyDefinition: ['key'],
  TSPropertySignature: ['key'],
  TSMethodSignature: ['key'],
  ImportSpecifier: ['imported', 'local'],
  ExportSpecifier: ['exported'],
  TSTypeReference: ['typeName'],
  TSNamedTupleMember: ['label'],
  LabeledStatement: ['label'],
}

/**
 * @param path decides the language (`.ts` or `.tsx`)
 * @throws when `text` does not parse
 */
export function scanSource(path: string, text: string): Scan {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors.map((error) => error.message).join('; ')}`)
  const modules: ModuleReference[] = []
  const globals: GlobalUse[] = []
  const lineOf = (node: Node) => text.slice(0, node.start).split('\n').length
  const visit = (node: Node) => {
    const reference = moduleReference(node)
    if (reference) modules.push({ ...reference, line: lineOf(node) })
    const name = globalName(node)
    if (name !== undefined) globals.push({ name, line: lineOf(node) })
    // The parts of a use that was named as a whole are not named again.
    for (const child of children(node, name !== undefined)) visit(child)
  }
  visit(program as unknown as Node)
  return { modules, globals }
}

function moduleReference(node: Node): Omit<ModuleReference, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: literal(node.source), kind: node.importKind === 'type' ? 'type' : 'eager' }
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      if (!node.source) return undefined
      return { specifier: literal(node.source), kind: node.exportKind === 'type' ? 'type' : 'eager' }
    case 'ImportExpression':
      return { specifier: literal(node.source), kind: 'lazy' }
    case 'TSImportType':
      return { specifier: literal(node.source), kind: 'type' }
    default:
      return undefined
  }
}

function globalName(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name as string
  if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const callee = node.callee as Node
    if (callee.type !== 'Identifier' || callee.name !== 'Date') return undefined
    const given = (node.arguments as readonly Node[]).length > 0
    return node.type === 'CallExpression' ? 'Date()' : given ? 'new Date(…)' : 'new Date()'
  }
  const path = memberPath(node)
  if (!path || path.length < 2) return undefined
  return (GLOBAL_OBJECTS.has(path[0] as string) ? path.slice(1, 3) : path.slice(0, 2)).join('.')
}

/** `['process', 'hrtime', 'bigint']`; undefined when the chain does not start with a name or has a computed part. */
function memberPath(node: Node): string[] | undefined {
  if (node.type === 'Identifier') return [node.name as string]
  if (node.type !== 'MemberExpression') return undefined
  const property = node.property as Node
  const name = node.computed
    ? literal(property)
    : property.type === 'Identifier'
      ? (property.name as string)
      : undefined
  const object = memberPath(node.object as Node)
  return object && name !== undefined ? [...object, name] : undefined
}

function children(node: Node, named: boolean): Node[] {
  const skipped = new Set(node.computed ? [] : NAME_FIELDS[node.type])
  if (named) for (const field of ['object', 'callee']) skipped.add(field)
  // `{ setTimeout }` as a value is a reference, though the same word is its key.
  return Object.entries(node)
    .filter(([field]) => !skipped.has(field))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is Node => typeof value?.type === 'string')
}

function literal(node: unknown): string | undefined {
  const { type, value } = node as Node
  return type === 'Literal' && typeof value === 'string' ? value : undefined
}
