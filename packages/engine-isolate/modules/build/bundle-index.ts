import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `bundles/index.json`. */
export interface BundleIndex {
  /** Digest of everything the bundles are made from. */
  readonly key: string
  readonly bundles: Readonly<Record<string, BundleRecord>>
}

export interface BundleRecord {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
  /** What a program may `require`. Empty for internal ones. */
  readonly names: readonly string[]
  /** Of the npm package; null for our own code. */
  readonly version: string | null
}

/** The versions are exact in the manifest, so its text stands for the packages. */
export function inputsKey(folder: string): string {
  const hash = createHash('sha256').update(readFileSync(join(folder, '..', 'package.json')))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  for (const name of files.toSorted()) hash.update(name).update(readFileSync(join(folder, name)))
  return hash.digest('hex')
}
