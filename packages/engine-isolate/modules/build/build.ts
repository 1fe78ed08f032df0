/**
 * Builds every bundle of the catalogue into `bundles/`, with an index. Run it by hand or let the engine run it: it is skipped when the
 * index has the key of its inputs.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { bundles, type BundleSource } from '../catalogue.ts'
import { inputsKey, type BundleIndex, type BundleRecord } from './bundle-index.ts'
import { buildOptions, bundleText, namesOf, packageName } from './bundle-options.ts'

const root = join(import.meta.dirname, '..')
const output = join(root, '..', 'bundles')

const key = inputsKey(root)
if (!isCurrent()) await buildAll()

function isCurrent(): boolean {
  try {
    return (JSON.parse(readFileSync(join(output, 'index.json'), 'utf8')) as BundleIndex).key === key
  } catch {
    return false
  }
}

/** Built beside the old ones and moved over them, the index last: processes that start at the same time do the work twice, no harm. */
async function buildAll(): Promise<void> {
  const staging = join(output, `.staging-${process.pid}`)
  mkdirSync(staging, { recursive: true })
  const records: Record<string, BundleRecord> = {}
  await Promise.all(
    Object.entries(bundles).map(async ([id, source]) => {
      records[id] = await buildOne(id, source, staging)
    }),
  )
  const index: BundleIndex = { key, bundles: records }
  writeFileSync(join(staging, 'index.json'), JSON.stringify(index, null, 1))
  for (const { file } of Object.values(records)) renameSync(join(staging, file), join(output, file))
  renameSync(join(staging, 'index.json'), join(output, 'index.json'))
  rmSync(staging, { recursive: true })
}

async function buildOne(id: string, source: BundleSource, folder: string): Promise<BundleRecord> {
  const { outputFiles } = await build(buildOptions(id, source))
  const [built] = outputFiles ?? []
  if (built === undefined) throw new Error(`no output for ${id}`)
  const text = bundleText(id, built.text)
  const file = `${id.replaceAll('/', '-')}.js`
  writeFileSync(join(folder, file), text)
  return {
    file,
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    names: namesOf(source),
    version: versionOf(source),
  }
}

function versionOf(source: BundleSource): string | null {
  const name = source.from ?? (source.entry.startsWith('./') ? undefined : packageName(source.entry))
  if (name === undefined) return null
  return (JSON.parse(readFileSync(installed(name, 'package.json'), 'utf8')) as { version: string }).version
}

/** The nearest `node_modules` above this folder that has the package. */
function installed(name: string, file: string): string {
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name, file)
    try {
      readFileSync(candidate)
      return candidate
    } catch {}
  }
  throw new Error(`the package "${name}" is not installed`)
}
