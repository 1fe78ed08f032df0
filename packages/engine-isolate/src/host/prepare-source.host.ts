import { noUsage, type Invocation, type Outcome } from '@evenkeel/pool/engine'
import { stripTypes } from './strip-types.host.ts'

/** The program as JavaScript of the same lines and columns. */
export function prepareSource(invocation: Invocation): string | Outcome {
  const { source, options } = invocation.program
  const text = source.startsWith('#!') ? `//${source.slice(2)}` : source
  if (options['language'] !== 'ts') return text
  const stripped = stripTypes(text)
  if ('source' in stripped) return stripped.source
  return { status: 'failed', error: stripped.error, usage: noUsage, warnings: [] }
}
