import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The folder with the bundles of this package. A published package has them; in a checkout they are built here, which takes a second
 * the first time and after a change of what they are made from, and some milliseconds otherwise.
 */
export function ensureBundles(packageFolder: string): string {
  const folder = join(packageFolder, 'bundles')
  const build = join(packageFolder, 'modules', 'build', 'build.ts')
  if (existsSync(build)) execFileSync(process.execPath, [build], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (!existsSync(join(folder, 'index.json'))) throw new Error(`the package has no bundles in ${folder}`)
  return folder
}
