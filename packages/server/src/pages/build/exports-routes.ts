import { readFileSync } from 'node:fs'
import { parseSync } from 'vite'

/** Whether a page is an app of React Router. */
export function exportsRoutes(file: string): boolean {
  const { module } = parseSync(file, readFileSync(file, 'utf8'))
  return module.staticExports.some(({ entries }) => entries.some((entry) => entry.exportName.name === 'routes'))
}
