/**
 * Runs web-platform-tests in blocks and prints how many subtests pass. `EK_WPT_DIR` names a checkout of the suite, which is not part
 * of this repository; with `--failures` every failed subtest is printed.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Pool } from '@evenkeel/pool'
import { isolatePool } from '../support/pool.ts'
import { areas, type Area } from './areas.ts'
import { runFile } from './run-file.ts'

const root = process.env['EK_WPT_DIR'] ?? ''
if (existsSync(join(root, 'resources', 'testharness.js'))) await main()
else console.log('skipped: EK_WPT_DIR names no checkout of web-platform-tests')

async function main(): Promise<void> {
  await using pool = await isolatePool({ hosts: 2, spares: 0 })
  console.log('| area | files | subtests | passed |\n|---|---|---|---|')
  const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
  for (const area of areas) {
    if (only.length > 0 && !only.includes(area.name)) continue
    console.log(await runArea(pool, area))
  }
}

async function runArea(pool: Pool, { name, folders, leftOut }: Area): Promise<string> {
  const paths = folders.flatMap((folder) => filesBelow(folder)).filter((path) => !leftOut.test(path))
  let [files, passed, failed] = [0, 0, 0]
  for (const path of paths) {
    const result = await runFile(pool, root, path)
    if (result === undefined) continue
    files += 1
    passed += result.passed
    failed += result.failed
    if (process.argv.includes('--failures')) for (const failure of result.failures) console.error(`${path}: ${failure}`)
  }
  const share = ((100 * passed) / Math.max(1, passed + failed)).toFixed(1)
  return `| ${name} | ${files} | ${passed + failed} | ${passed} (${share} %) |`
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.any.js'))
    .map((name) => join(folder, name))
    .toSorted()
}
