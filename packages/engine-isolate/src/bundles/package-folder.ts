import { dirname, sep } from 'node:path'

/** The folder that holds a file's `package.json`: the one above `src`, `dist`, or the file itself. */
export function packageFolder(file: string): string {
  const parts = dirname(file).split(sep)
  const inside = parts.findLastIndex((part) => part === 'src' || part === 'dist')
  return (inside === -1 ? parts : parts.slice(0, inside)).join(sep)
}
