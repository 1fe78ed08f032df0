import { join } from 'node:path'
import { build } from 'vite'

/** A page for servers without a framework, from an entry that exports `renderPage`: as a module, and as a script that may be evaluated anew. */
export async function buildRival(
  entry: string,
  folder: string,
): Promise<{ readonly module: string; readonly script: string }> {
  process.env['NODE_ENV'] = 'production'
  for (const [format, name] of [
    ['esm', 'rival.mjs'],
    ['cjs', 'rival.cjs'],
  ] as const)
    await build({
      configFile: false,
      logLevel: 'error',
      define: { 'process.env.NODE_ENV': '"production"' },
      ssr: { noExternal: true, target: 'node' },
      build: {
        outDir: folder,
        emptyOutDir: false,
        ssr: true,
        minify: false,
        rolldownOptions: { input: entry, output: { format, entryFileNames: name } },
      },
    })
  return { module: join(folder, 'rival.mjs'), script: join(folder, 'rival.cjs') }
}
