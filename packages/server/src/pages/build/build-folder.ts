import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import { readBuild, type PagesBuild } from './build-manifest.ts'
import type { BuildOptions } from './build-pages.ts'

/** Builds that are kept on the disk. */
const keptBuilds = 3

/** Bundles the pages as they are now. */
export async function newBuild(options: BuildOptions): Promise<PagesBuild> {
  const { buildPages } = await loadTools()
  return buildPages(options)
}

/** The bundler is loaded only when there is something to build. */
async function loadTools(): Promise<{ buildPages: (options: BuildOptions) => Promise<PagesBuild> }> {
  try {
    return await import('./build-pages.ts')
  } catch (error) {
    throw new ServerError(
      'EK_PAGES_BUILD',
      'the pages cannot be built without the package "vite" (from version 8 on)',
      {
        cause: error,
        hint: 'npm install --save-dev vite @vitejs/plugin-react',
      },
    )
  }
}

/** The newest build, when it is of the files as they are now. */
export async function currentBuild(options: BuildOptions): Promise<PagesBuild | undefined> {
  const file = join(options.outFolder, 'current')
  if (!existsSync(file)) return undefined
  const folder = join(options.outFolder, (await readFile(file, 'utf8')).trim())
  if (!existsSync(join(folder, 'manifest.json'))) return undefined
  const build = readBuildOrNone(folder)
  if (build === undefined) return undefined
  const { isCurrent } = await import('./current-build.ts')
  return isCurrent(build, options) ? build : undefined
}

/** One that another version of Evenkeel made is none. */
function readBuildOrNone(folder: string): PagesBuild | undefined {
  try {
    return readBuild(folder)
  } catch {
    return undefined
  }
}

/** Only a build that has started is the current one; of older ones a few are kept. */
export async function keepBuild(
  { outFolder }: Pick<BuildOptions, 'outFolder'>,
  { manifest }: PagesBuild,
): Promise<void> {
  await mkdir(outFolder, { recursive: true })
  await writeFile(join(outFolder, 'current'), `${manifest.id}\n`)
  const entries = await readdir(outFolder, { withFileTypes: true })
  const ids = entries.filter((entry) => entry.isDirectory() && entry.name !== manifest.id).map(({ name }) => name)
  for (const id of ids.toSorted().slice(0, -(keptBuilds - 1)))
    await rm(join(outFolder, id), { recursive: true, force: true })
}

/** Builds that are kept besides this one, the oldest first: their files belong to pages that visitors may still have. */
export async function earlierBuilds(
  { outFolder }: Pick<BuildOptions, 'outFolder'>,
  { manifest }: PagesBuild,
): Promise<readonly PagesBuild[]> {
  const entries = existsSync(outFolder) ? await readdir(outFolder, { withFileTypes: true }) : []
  const ids = entries.filter((entry) => entry.isDirectory() && entry.name < manifest.id).map(({ name }) => name)
  return ids.toSorted().flatMap((id) => readBuildOrNone(join(outFolder, id)) ?? [])
}
