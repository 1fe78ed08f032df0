import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Server } from 'node:http'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  createServer,
  isRunnableDevEnvironment,
  resolveConfig,
  searchForWorkspaceRoot,
  type InlineConfig,
  type PluginOption,
  type RunnableDevEnvironment,
  type ViteDevServer,
} from 'vite'
import { runtimeFiles } from '../build/build-paths.ts'
import { pagesPlugin } from '../build/pages-plugin.ts'
import type { RouterPackage } from '../build/entries.ts'
import type { PageFile } from '../routes/page-files.ts'

export interface DevBundlerOptions {
  readonly root: string
  readonly pagesFolder: string
  readonly base: string
  readonly pages: () => readonly PageFile[]
  readonly router: () => RouterPackage | undefined
  /** Whose upgrades to WebSockets tell browsers of changes. Without one, a port of its own is taken. */
  readonly httpServer: Server | undefined
}

export interface DevBundler {
  readonly server: ViteDevServer
  readonly pages: RunnableDevEnvironment
  /** Inline code that goes before a page's script. */
  readonly preamble: string
}

interface ReactPlugin {
  (): PluginOption
  readonly preambleCode: string
}

/** The bundler as a server: of modules to browsers, and to this process. */
export async function openDevBundler(options: DevBundlerOptions): Promise<DevBundler> {
  const { root, base } = options
  const react = await reactPlugin(root)
  const client = `import ${JSON.stringify(`${base}@vite/client`)}`
  const server = await createServer(await devConfig(options, react))
  const { ssr } = server.environments
  if (ssr === undefined || !isRunnableDevEnvironment(ssr))
    throw new Error('the bundler cannot run modules for the server')
  const preamble = react === undefined ? client : `${client}\n${react.preambleCode.replaceAll('__BASE__', base)}`
  return { server, pages: ssr, preamble }
}

async function devConfig(options: DevBundlerOptions, react: ReactPlugin | undefined): Promise<InlineConfig> {
  const { root, pagesFolder, base, pages, router, httpServer } = options
  const own = await resolveConfig({ root, logLevel: 'silent' }, 'serve')
  const hasReact = own.plugins.some(({ name }) => name.startsWith('vite:react'))
  // Found later, they would make the browser load its page again.
  const client = router()?.client
  const include = ['react', 'react-dom/client', ...(client === undefined ? [] : [client])]
  return {
    root,
    base,
    appType: 'custom',
    logLevel: 'warn',
    clearScreen: false,
    cacheDir: join(root, '.evenkeel', 'vite'),
    plugins: [pagesPlugin({ pages, router, apart: true }), ...(hasReact || react === undefined ? [] : [react()])],
    // One copy, however a page comes to import it: what it keeps in contexts must be found again.
    ssr: { noExternal: [/^react-router/, '@remix-run/router'] },
    optimizeDeps: { entries: [`${pagesFolder}/**/*.{tsx,jsx,ts,js}`], include },
    server: {
      middlewareMode: true,
      ...(httpServer === undefined ? {} : { hmr: { server: httpServer } }),
      watch: { ignored: ['**/.evenkeel/**'] },
      fs: {
        allow: [
          searchForWorkspaceRoot(root),
          root,
          ...linkedModules(root),
          ...Object.values(runtimeFiles).map((file) => join(dirname(file), '..')),
        ],
      },
    },
  }
}

/** The project's plugin for Fast Refresh, or the one beside this package. Without it, changes reload the page. */
async function reactPlugin(root: string): Promise<ReactPlugin | undefined> {
  for (const from of [pathToFileURL(join(root, 'package.json')).href, import.meta.url]) {
    try {
      const file = createRequire(from).resolve('@vitejs/plugin-react')
      const { default: plugin } = (await import(pathToFileURL(file).href)) as { default: ReactPlugin }
      return plugin
    } catch {
      // Not there: the next place may have it.
    }
  }
  return undefined
}

/** Packages may lie elsewhere, behind a link. */
function linkedModules(root: string): readonly string[] {
  const folder = join(root, 'node_modules')
  return existsSync(folder) ? [realpathSync(folder)] : []
}
