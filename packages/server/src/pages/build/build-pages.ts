import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { build, mergeConfig, type InlineConfig, type Manifest, type Plugin } from 'vite'
import type { RouteAssets } from '../render/messages.ts'
import { readPageFiles, type PageFile } from '../routes/page-files.ts'
import { buildError } from './build-error.ts'
import type { BuildManifest, PagesBuild } from './build-manifest.ts'
import { digestOf } from './current-build.ts'
import { clientEntryPrefix, serverEntryId } from './entries.ts'
import { pagesPlugin } from './pages-plugin.ts'
import { precompress } from './precompress.ts'
import { findRouter } from './router-package.ts'

export interface BuildOptions {
  /** The project: where `pages/`, `public/` and `vite.config` are. */
  readonly root: string
  /** Folder of the pages. */
  readonly pagesFolder: string
  /** Below it each build gets a folder. */
  readonly outFolder: string
  /** Path before every address of the pages, such as `/shop/`. */
  readonly base: string
}

/** Folder of hashed files in the client build. */
export const assetsFolder = '_assets'

/** Bundles the pages for server and browser. Throws `EK_PAGES_BUILD` with file and line, or `EK_PAGES_ROUTE`. */
export async function buildPages(options: BuildOptions): Promise<PagesBuild> {
  const { root, pagesFolder, outFolder, base } = options
  const pages = readPageFiles(pagesFolder)
  const id = `${Date.now().toString(36)}-${randomBytes(3).toString('hex')}`
  const folder = join(outFolder, id)
  await mkdir(folder, { recursive: true })
  try {
    const sources = new Set<string>()
    const router = findRouter(root, pages)
    const plugins = [pagesPlugin({ pages: () => pages, router: () => router }), sourcesPlugin(root, sources)]
    const shared: InlineConfig = { root, base, mode: 'production', logLevel: 'error', plugins }
    await build(mergeConfig(shared, clientConfig(pages, join(folder, 'client'))))
    await build(mergeConfig(shared, serverConfig(join(folder, 'server'))))
    // The project's own manifest may say that its files are CommonJS.
    await writeFile(join(folder, 'server', 'package.json'), '{ "type": "module" }\n')
    const assets = await readAssets(join(folder, 'client'), pages, base)
    await precompress(join(folder, 'client'))
    const routes = pages.map(({ id: name, pattern }) => ({ id: name, pattern }))
    const manifest: BuildManifest = { version: 3, id, routes, assets, sources: digests(root, sources) }
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
    return { folder, manifest }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw buildError(error, root)
  }
}

function clientConfig(pages: readonly PageFile[], outDir: string): InlineConfig {
  const input = Object.fromEntries(pages.map((page, index) => [chunkName(page, index), clientEntryPrefix + page.id]))
  return { build: { outDir, emptyOutDir: true, manifest: true, assetsDir: assetsFolder, rolldownOptions: { input } } }
}

function serverConfig(outDir: string): InlineConfig {
  const output = { entryFileNames: 'entry.js', format: 'esm' as const }
  return {
    // The other modes of React and of libraries are left out of the bundle.
    define: { 'process.env.NODE_ENV': '"production"' },
    ssr: { noExternal: true, target: 'node' },
    build: {
      outDir,
      emptyOutDir: true,
      ssr: true,
      copyPublicDir: false,
      sourcemap: true,
      minify: false,
      assetsDir: assetsFolder,
      rolldownOptions: { input: { entry: serverEntryId }, output },
    },
  }
}

function chunkName({ id }: PageFile, index: number): string {
  return `${index}-${id.replaceAll(/\W+/g, '-')}`
}

async function readAssets(
  folder: string,
  pages: readonly PageFile[],
  base: string,
): Promise<Record<string, RouteAssets>> {
  const file = join(folder, '.vite', 'manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  // Names of source files are nothing that visitors need.
  await rm(join(folder, '.vite'), { recursive: true })
  return Object.fromEntries(pages.map((page, index) => [page.id, routeAssets(manifest, chunkName(page, index), base)]))
}

function routeAssets(manifest: Manifest, name: string, base: string): RouteAssets {
  const entry = Object.values(manifest).find((chunk) => chunk.isEntry === true && chunk.name === name)
  if (entry === undefined) throw new Error(`the client build has no entry "${name}"`)
  const chunks = new Set([entry])
  // What is added while the set is walked is walked too.
  for (const chunk of chunks)
    for (const key of chunk.imports ?? []) {
      const imported = manifest[key]
      if (imported !== undefined) chunks.add(imported)
    }
  const list = [...chunks]
  return {
    script: base + entry.file,
    styles: [...new Set(list.toReversed().flatMap(({ css = [] }) => css))].map((file) => base + file),
    preloads: list.slice(1).map(({ file }) => base + file),
  }
}

/** Collects the files that the bundle depends on: sources, and of installed packages the manifest, which changes with each version. */
function sourcesPlugin(root: string, sources: Set<string>): Plugin {
  return {
    name: 'evenkeel:sources',
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const [file = ''] = id.split('?')
        if (isAbsolute(file) && existsSync(file)) sources.add(relative(root, packageManifest(file) ?? file))
      }
    },
  }
}

function packageManifest(file: string): string | undefined {
  const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0]
  return folder === undefined ? undefined : join(folder, 'package.json')
}

const configFiles = ['package.json', 'package-lock.json', 'vite.config.ts', 'vite.config.js', 'vite.config.mjs']

function digests(root: string, sources: ReadonlySet<string>): Record<string, string> {
  const files = [...sources, ...configFiles.filter((name) => existsSync(join(root, name)))]
  return Object.fromEntries(files.toSorted().map((file) => [file, digestOf(join(root, file))]))
}
