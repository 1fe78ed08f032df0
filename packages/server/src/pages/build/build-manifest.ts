import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import type { RouteAssets } from '../render/messages.ts'
import type { RoutePattern } from '../routes/route-table.ts'

/** What a build consists of; `manifest.json` in its folder. */
export interface BuildManifest {
  readonly version: 3
  readonly id: string
  readonly routes: readonly RoutePattern[]
  readonly assets: Readonly<Record<string, RouteAssets>>
  /** Files that went into it and manifests of packages that did, relative to the project's folder, with their digests. */
  readonly sources: Readonly<Record<string, string>>
}

/** A build on the disk. */
export interface PagesBuild {
  readonly folder: string
  readonly manifest: BuildManifest
}

export function serverBundle({ folder }: PagesBuild): string {
  return join(folder, 'server', 'entry.js')
}

export function clientFolder({ folder }: PagesBuild): string {
  return join(folder, 'client')
}

/** Throws `EK_PAGES_BUILD` when the folder has no complete build. */
export function readBuild(folder: string): PagesBuild {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as BuildManifest
    if (manifest.version !== 3) throw new Error('it was made by another version of Evenkeel')
    return { folder, manifest }
  } catch (error) {
    throw new ServerError('EK_PAGES_BUILD', `the build of the pages cannot be read: ${(error as Error).message}`, {
      cause: error,
      hint: 'Run "evenkeel build" again',
    })
  }
}
