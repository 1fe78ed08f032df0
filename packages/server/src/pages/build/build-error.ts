import { relative } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'

interface BundlerError {
  readonly message?: string
  readonly id?: string
  readonly loc?: { readonly file?: string; readonly line?: number; readonly column?: number }
  readonly frame?: string
  readonly errors?: readonly BundlerError[]
}

/** What the bundler says, with file and line relative to the project. */
export function buildError(error: unknown, root: string): ServerError {
  if (error instanceof ServerError) return error
  const whole = error as BundlerError
  const { message = String(error), id, loc, frame } = whole.errors?.[0] ?? whole
  const file = loc?.file ?? id
  const place =
    file === undefined
      ? ''
      : `${relative(root, file)}${loc?.line === undefined ? '' : `:${loc.line}:${loc.column ?? 0}`}: `
  const text = withoutColours(message).replaceAll(root, '.').trim()
  const hint = frame === undefined ? {} : { hint: withoutColours(frame) }
  return new ServerError('EK_PAGES_BUILD', `the pages cannot be built: ${place}${text}`, { cause: error, ...hint })
}

function withoutColours(text: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- colours of a terminal begin with the control character ESC
  return text.replaceAll(/\u001B\[[0-9;]*m/g, '')
}
