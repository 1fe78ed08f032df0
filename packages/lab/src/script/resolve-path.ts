import { isAbsolute, resolve } from 'node:path'

export function resolveFrom(folder: string, path: string): string {
  return isAbsolute(path) ? path : resolve(folder, path)
}
