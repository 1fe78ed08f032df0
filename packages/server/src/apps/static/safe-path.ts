import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'

/**
 * The parts of a path as a client wrote it, decoded. `undefined` for what may lead somewhere else or is none of its business: `..` in
 * any spelling, separators inside a part, NUL, wrong percent-encoding, doubled slashes, and names that begin with a dot.
 */
export function safeSegments(pathname: string): readonly string[] | undefined {
  const parts = pathname.split('/').slice(pathname.startsWith('/') ? 1 : 0)
  if (parts.at(-1) === '') parts.pop()
  const decoded = parts.map(decodePart)
  return decoded.every((part) => part !== undefined) ? decoded : undefined
}

function decodePart(part: string): string | undefined {
  let text: string
  try {
    text = decodeURIComponent(part)
  } catch {
    return undefined
  }
  if (text === '' || text.startsWith('.')) return undefined
  return /[/\\\0]/.test(text) ? undefined : text
}

/**
 * The real path of what a folder has under a path, links followed. `undefined` when there is nothing, when a link leads out of the
 * folder, or when it leads to a name that begins with a dot. `root` is a real path itself.
 */
export async function realPathBelow(root: string, segments: readonly string[]): Promise<string | undefined> {
  const real = await realpath(join(root, ...segments)).catch(() => undefined)
  if (real === undefined) return undefined
  if (real === root) return real
  const base = root.endsWith(sep) ? root : root + sep
  if (!real.startsWith(base)) return undefined
  const isHidden = real
    .slice(base.length)
    .split(sep)
    .some((part) => part.startsWith('.'))
  return isHidden ? undefined : real
}
