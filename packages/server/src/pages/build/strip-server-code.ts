import { parseSync, type ESTree } from 'vite'

/** Exports of a page that only the server uses. */
const serverOnly = new Set(['load', 'action', 'head', 'props', 'config'])

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
}

interface Statement {
  readonly node: Node
  readonly declares: readonly string[]
  readonly uses: ReadonlySet<string>
  /** Only declares: it may go when nothing needs it any more. */
  readonly isDeclaration: boolean
}

/**
 * Takes a page's server-only exports, and whatever at the top of the file only they need, out of the code for browsers. What goes is
 * replaced by blanks, so that positions stay. Returns `undefined` when there is nothing to take out.
 */
export function stripServerCode(code: string, file: string): string | undefined {
  const { program, errors } = parseSync(file, code)
  // The bundler reports syntax errors better.
  if (errors.length > 0) return undefined
  const removed: Node[] = []
  const kept: Statement[] = []
  const removedUses = new Set<string>()
  for (const node of program.body as readonly ESTree.Statement[]) {
    if (isServerExport(node)) {
      removed.push(node)
      for (const name of identifiersIn(node)) removedUses.add(name)
    } else kept.push(describeStatement(node))
  }
  if (removed.length === 0) return undefined
  removed.push(...orphans(kept, removedUses))
  return blanked(code, removed)
}

function isServerExport(node: ESTree.Statement): boolean {
  if (node.type !== 'ExportNamedDeclaration') return false
  if (node.declaration === null) {
    const names = node.specifiers.map(({ exported }) => (exported.type === 'Identifier' ? exported.name : ''))
    return names.length > 0 && names.every((name) => serverOnly.has(name))
  }
  const names = declaredNames(node.declaration)
  return names.length > 0 && names.every((name) => serverOnly.has(name))
}

function describeStatement(node: ESTree.Statement): Statement {
  const declares = declaredNames(node)
  const isDeclaration = /^(ImportDeclaration|VariableDeclaration|FunctionDeclaration|ClassDeclaration)$/.test(node.type)
  return { node, declares, uses: new Set(identifiersIn(node)), isDeclaration: isDeclaration && declares.length > 0 }
}

/** Declarations that only removed code leads to. */
function orphans(kept: readonly Statement[], removedUses: ReadonlySet<string>): Node[] {
  const live = reach(
    kept,
    kept.filter(({ isDeclaration }) => !isDeclaration).flatMap(({ uses }) => [...uses]),
  )
  const dead = reach(kept, [...removedUses])
  return kept
    .filter((statement) => statement.isDeclaration && dead.has(statement) && !live.has(statement))
    .map(({ node }) => node)
}

function reach(statements: readonly Statement[], names: readonly string[]): Set<Statement> {
  const byName = new Map(statements.flatMap((each) => each.declares.map((name) => [name, each] as const)))
  const reached = new Set<Statement>()
  const queue = [...names]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const statement = byName.get(name)
    if (statement === undefined || reached.has(statement)) continue
    reached.add(statement)
    queue.push(...statement.uses)
  }
  return reached
}

function declaredNames(node: unknown): string[] {
  const { type } = node as Node
  if (type === 'ImportDeclaration') return (node as ESTree.ImportDeclaration).specifiers.map(({ local }) => local.name)
  if (type === 'VariableDeclaration')
    return (node as ESTree.VariableDeclaration).declarations.flatMap(({ id }) => patternNames(id))
  const { id } = node as { id?: { name?: string } | null }
  return typeof id?.name === 'string' ? [id.name] : []
}

/** Of a pattern, every identifier but those of its type: too many only keeps code that could go. */
function patternNames(pattern: unknown): string[] {
  const { typeAnnotation: _type, ...rest } = pattern as { typeAnnotation?: unknown }
  return identifiersIn(rest)
}

/** Every name that occurs, also those of properties: too many only keeps code that could go. */
function identifiersIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(identifiersIn)
  if (typeof node !== 'object' || node === null) return []
  const { type, name } = node as { type?: string; name?: unknown }
  const own = (type === 'Identifier' || type === 'JSXIdentifier') && typeof name === 'string' ? [name] : []
  return [...own, ...Object.values(node).flatMap(identifiersIn)]
}

function blanked(code: string, nodes: readonly Node[]): string {
  let text = code
  for (const { start, end } of nodes)
    text = text.slice(0, start) + text.slice(start, end).replaceAll(/[^\r\n]/g, ' ') + text.slice(end)
  return text
}
