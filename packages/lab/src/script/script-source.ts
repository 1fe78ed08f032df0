import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isScalar, LineCounter, parseDocument, type Document, type ScalarTag, type Tags } from 'yaml'
import { LabError, messageOf, type Finding } from '../errors/lab-error.ts'

/** A place in a script: keys and indexes from the root. */
export type ScriptPath = readonly (string | number)[]

/** A script as it was written, with the means to say where a part of it stands. */
export interface ScriptSource {
  readonly file: string
  readonly value: unknown
  /** Line and column of a key, or of the nearest part around it. Undefined for scripts that are programs. */
  locate(path: ScriptPath): { readonly line: number; readonly column: number } | undefined
}

const moduleExtensions = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'])

/** Reads a script: YAML or JSON by its text, JavaScript and TypeScript by running the module. */
export async function readScriptSource(file: string): Promise<ScriptSource> {
  if (moduleExtensions.has(extname(file))) return readModule(file)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new LabError('EK_LAB_SCRIPT_READ', `The script "${file}" could not be read: ${messageOf(error)}`, {
      cause: error,
    })
  })
  return parseScriptText(text, file)
}

async function readModule(file: string): Promise<ScriptSource> {
  try {
    const module: unknown = await import(pathToFileURL(file).href)
    const exported = module as Record<string, unknown>
    const value = isScript(exported) ? exported : exported['default']
    return { file, value: isRecord(value) ? { ...value } : value, locate: () => undefined }
  } catch (error) {
    throw new LabError('EK_LAB_SCRIPT_SYNTAX', `The script "${file}" could not be run: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function isScript(exported: Record<string, unknown>): boolean {
  return exported['config'] !== undefined || exported['scenarios'] !== undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Parses YAML by the 1.1 rules that scripts are written for. JSON is a subset. */
function parseScriptText(text: string, file: string): ScriptSource {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, {
    lineCounter,
    version: '1.1',
    merge: true,
    customTags: scriptTags,
    prettyErrors: false,
    uniqueKeys: true,
  })
  const json = file.endsWith('.json') ? parseJson(text) : undefined
  if (json === undefined && document.errors.length > 0) throw syntaxError(document, file, lineCounter)
  return {
    file,
    value: json === undefined ? toValue(document, file) : json.value,
    locate: (path) => locate(document, lineCounter, path),
  }
}

/** JSON may be indented in ways that YAML does not take. What is not even JSON is reported by the YAML parser, which knows the line. */
function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** YAML 1.1 would read `yes`, `on` and `y` as booleans. Scripts are written for a parser that keeps them as text. */
function scriptTags(tags: Tags): Tags {
  return [...tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:bool'), booleanTag]
}

const booleanTag: ScalarTag = {
  identify: (value) => typeof value === 'boolean',
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/,
  resolve: (text) => text.toLowerCase() === 'true',
}

function syntaxError(document: Document.Parsed, file: string, lineCounter: LineCounter): LabError {
  const findings = document.errors.map((error): Finding => {
    const { line, col } = lineCounter.linePos(error.pos[0])
    return { message: error.message, file, line, column: col }
  })
  return new LabError('EK_LAB_SCRIPT_SYNTAX', `The script "${file}" is not valid YAML or JSON`, { findings })
}

function toValue(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 10_000 })
  } catch (error) {
    throw new LabError('EK_LAB_SCRIPT_SYNTAX', `The script "${file}" cannot be resolved: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function locate(document: Document, lineCounter: LineCounter, path: ScriptPath): { line: number; column: number } {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length))
    if (offset === undefined) continue
    const { line, col } = lineCounter.linePos(offset)
    return { line, column: col }
  }
  return { line: 1, column: 1 }
}

/** Offset of the key when the path ends in one, else of the value. */
function offsetOf(document: Document, path: ScriptPath): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (isRecord(parent) && Array.isArray(parent['items']) && typeof last === 'string') {
    for (const pair of parent['items'] as { key?: unknown }[]) {
      if (isScalar(pair.key) && pair.key.value === last) return pair.key.range?.[0]
    }
  }
  const node: unknown = document.getIn(path, true)
  return isRecord(node) && Array.isArray(node['range']) ? (node['range'][0] as number) : undefined
}
