import { existsSync, readdirSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import type { AppsOptions, MountedAppOptions } from '../../config/apps-options.ts'
import { ServerError } from '../../errors/server-error.ts'
import { appFile, instanceCount, printEntry, resolveAppLimits, type AppLog } from '../direct/app-options.ts'
import type { RoutedAppOptions } from './routed-app.ts'

/** Folder of a project whose files are apps. */
const appsFolder = 'apps'

/** What an app is written in, and what the file of an app in a folder of its own is called. */
const extensions: readonly string[] = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.jsx']
const entryNames: readonly string[] = ['app', 'index', 'main']

const inherited: readonly string[] = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_ENV']

export interface AppsPlace {
  readonly projectDir: string
  /** Where each app has a folder of what its bindings keep; undefined for beside its file. */
  readonly dataDir: string | undefined
  readonly processors: number
}

/**
 * The apps of a project: each file of `apps/`, each folder there with a file `app`, `index` or `main`, and what the config names. Throws
 * `EK_CONFIG_INVALID` and `EK_APP_LOAD`.
 */
export function resolveApps(config: AppsOptions, place: AppsPlace): readonly RoutedAppOptions[] {
  const found = filesOf(join(place.projectDir, appsFolder))
  for (const [name, { file }] of Object.entries(config)) {
    if (file !== undefined) found.set(name, resolve(place.projectDir, file))
    else if (!found.has(name))
      throw new ServerError('EK_CONFIG_INVALID', `the app "${name}" has no "file", and none in "${appsFolder}/"`)
  }
  return [...found].map(([name, file]) => resolveApp(name, file, config[name] ?? {}, place))
}

function filesOf(folder: string): Map<string, string> {
  const files = new Map<string, string>()
  if (!existsSync(folder)) return files
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (/^[._]/.test(entry.name)) continue
    const path = join(folder, entry.name)
    const file = entry.isDirectory() ? entryOf(path) : path
    if (file === undefined || !extensions.includes(extname(file)) || /\.(?:d|test)\.\w+$/.test(file)) continue
    const name = entry.isDirectory() ? entry.name : entry.name.slice(0, -extname(entry.name).length)
    const other = files.get(name)
    if (other !== undefined)
      throw new ServerError('EK_CONFIG_INVALID', `the app "${name}" is in two files: "${other}" and "${file}"`)
    files.set(name, file)
  }
  return files
}

function entryOf(folder: string): string | undefined {
  const names = entryNames.flatMap((name) => extensions.map((extension) => join(folder, name + extension)))
  return names.find((name) => existsSync(name))
}

function resolveApp(name: string, file: string, options: MountedAppOptions, place: AppsPlace): RoutedAppOptions {
  const { instances, compress = false, variables = {}, limits, host, maxQueued = 1_000, maxQueueMs = 5_000 } = options
  const count = instanceCount(instances, place.processors)
  const mount = options.mount ?? (host === undefined ? `/${name}` : '/')
  return Object.freeze({
    name,
    file: appFile(file),
    mount: mount.replace(/\/+$/, ''),
    host: host?.toLowerCase(),
    instances: count,
    reserve: (options.reserve ?? count > 1) ? 1 : 0,
    tls: undefined,
    compress,
    limits: resolveAppLimits(limits),
    variables: { ...inheritedVariables(), ...variables },
    dataDir: place.dataDir === undefined ? undefined : resolve(place.dataDir, 'apps', name),
    log: logOf(name),
    maxQueued,
    maxQueueMs,
  })
}

/** One app does not learn the secrets of another, nor those of the server. */
function inheritedVariables(): Record<string, string> {
  const entries = inherited.map((name) => [name, process.env[name]] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function logOf(name: string): AppLog {
  return ({ text, ...entry }) => printEntry({ ...entry, text: `[${name}] ${text}` })
}
