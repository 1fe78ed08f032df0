import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { ServerError } from '@evenkeel/server'
import { build, type BuildFailure, type BuildOptions, type BuildResult, type Message, type Metafile } from 'esbuild'
import { nativePackages } from './native-packages.ts'

export interface BundleOptions {
  readonly entry: string
  /** Default: `<name>.bundle.js` beside the entry. */
  readonly output?: string
  readonly minify: boolean
  readonly sourceMap: 'linked' | 'inline' | 'none'
  /** Packages that stay outside. */
  readonly external: readonly string[]
  /** Text at the very beginning. */
  readonly banner?: string
}

export interface Bundle {
  readonly file: string
  readonly bytes: number
  readonly modules: number
  /** Packages that must be installed where the bundle runs. */
  readonly external: readonly string[]
  readonly warnings: readonly string[]
}

/** CommonJS inside an ES module needs these. */
const commonJsBanner = `import{createRequire as __ekRequire}from'node:module';
const require=__ekRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;`

/** Writes an app and what it imports into one ES module. Throws `EK_BUNDLE_FAILED` with the file and line of the first error. */
export async function bundleApp(options: BundleOptions): Promise<Bundle> {
  const { entry, banner = '' } = options
  const file = options.output ?? join(dirname(entry), `${basename(entry, extname(entry))}.bundle.js`)
  const native = nativePackages()
  const base: BuildOptions = {
    entryPoints: [resolve(entry)],
    outfile: resolve(file),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    jsx: 'automatic',
    minify: options.minify,
    // Names of functions and classes are what logs and error types show.
    keepNames: true,
    sourcemap: options.sourceMap === 'none' ? false : options.sourceMap,
    external: [...options.external, '*.node'],
    plugins: [native.plugin],
    conditions: ownConditions(),
    metafile: true,
    logLevel: 'silent',
    ...(banner === '' ? {} : { banner: { js: banner } }),
  }
  const result = await run({ ...base, write: false }, entry)
  const isMixed = Object.values(result.metafile.inputs).some(({ format }) => format === 'cjs')
  const whole = [banner, isMixed ? commonJsBanner : ''].filter((part) => part !== '').join('\n')
  const written = await run({ ...base, ...(whole === '' ? {} : { banner: { js: whole } }) }, entry)
  return {
    file,
    bytes: written.metafile.outputs[relative(process.cwd(), resolve(file))]?.bytes ?? 0,
    modules: Object.keys(written.metafile.inputs).length,
    external: externalPackages(written.metafile),
    warnings: written.warnings.map(placed),
  }
}

type Result = BuildResult & { readonly metafile: Metafile }

async function run(options: BuildOptions, entry: string): Promise<Result> {
  try {
    return (await build(options)) as Result
  } catch (cause) {
    const { errors = [] } = cause as Partial<BuildFailure>
    const [first] = errors
    if (first === undefined) throw cause
    const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`
    throw new ServerError('EK_BUNDLE_FAILED', `cannot bundle "${entry}": ${placed(first)}${more}`, { cause })
  }
}

function placed({ text, location }: Message): string {
  return location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`
}

function externalPackages({ outputs }: Metafile): readonly string[] {
  const imports = Object.values(outputs).flatMap((output) => output.imports)
  const outside = imports.filter(
    ({ external, path }) => external === true && !path.startsWith('node:') && !path.startsWith('.'),
  )
  return [...new Set(outside.map(({ path }) => path))].filter((path) => !isBuiltin(path)).toSorted()
}

function isBuiltin(path: string): boolean {
  return process.getBuiltinModule(path) !== undefined
}

/** What this process was told of how packages are resolved holds for the bundle too. */
function ownConditions(): string[] {
  return process.execArgv.flatMap((argument) => /^--conditions=(.+)$/.exec(argument)?.[1] ?? [])
}
