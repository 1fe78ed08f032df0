import { LabError } from '../errors/lab-error.ts'
import type { VariantKind } from './comparison-result.ts'

/** One side of a comparison, as it was asked for. */
export type VariantSpec =
  | { readonly kind: 'url'; readonly source: string }
  | { readonly kind: 'command' | 'commit' | 'node'; readonly source: string }
  | { readonly kind: 'result'; readonly source: string }

const prefixes: Readonly<Record<string, Exclude<VariantKind, 'url'>>> = {
  cmd: 'command',
  git: 'commit',
  node: 'node',
  result: 'result',
}

/** Whether the lab starts the server of such a side, and can start it anew. */
export function isStartedByLab(kind: VariantKind): boolean {
  return kind === 'command' || kind === 'commit' || kind === 'node'
}

/**
 * Reads `http://…`, `cmd:<command>`, `git:<commit>`, `node:<binary>` or `result:<file>`. A command needs its prefix: a mistyped
 * URL must not be run by a shell.
 */
export function parseVariant(text: string): VariantSpec {
  if (/^https?:\/\//.test(text)) return { kind: 'url', source: checkedUrl(text) }
  const separator = text.indexOf(':')
  const kind = prefixes[text.slice(0, separator)]
  const source = text.slice(separator + 1).trim()
  if (separator > 0 && kind !== undefined && source !== '') return { kind, source }
  throw new LabError('EK_LAB_COMPARE', `"${text}" is nothing that can be compared`, {
    hint: 'give http://…, "cmd:<command>", "git:<commit>", "node:<binary>" or "result:<file>"',
  })
}

function checkedUrl(text: string): string {
  if (URL.canParse(text)) return text
  throw new LabError('EK_LAB_COMPARE', `"${text}" is no URL`)
}
