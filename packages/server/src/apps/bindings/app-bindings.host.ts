import { basename, dirname, extname, join } from 'node:path'
import type { BindingsConfig } from './binding-config.ts'
import type { ListenPlace } from '../host/app-host-options.ts'
import type { Bindings } from './bindings.host.ts'
import { Siblings } from './siblings.host.ts'

/** An app that may say what it wants in `env`, beside its handlers. */
export interface BoundApp {
  readonly bindings?: BindingsConfig
}

export interface AppBindingsOptions {
  /** Absolute path of the app's file. */
  readonly entry: string
  readonly variables: Readonly<Record<string, string>>
  /** Default: `.evenkeel/<name>` beside the file. */
  readonly dataDir?: string
  readonly listen: ListenPlace
}

/**
 * Opens the bindings of an app. Its data folder is that of the options: all runtimes of the app, and the next ones after a
 * reload, share it. The environment variables are in `env` too; a binding of the same name comes first. Throws what `openBindings` throws.
 */
export async function openAppBindings({ bindings }: BoundApp, options: AppBindingsOptions): Promise<Bindings> {
  const { entry, variables } = options
  if (bindings === undefined)
    return { env: Object.freeze({ ...variables }), [Symbol.asyncDispose]: async () => undefined }
  // An app without bindings does not pay for loading what opens them.
  const { openBindings } = await import('./bindings.host.ts')
  const app = basename(entry, extname(entry))
  const appDir = dirname(entry)
  const { dataDir = join(appDir, '.evenkeel', app), listen } = options
  const siblings = listen.kind === 'routed' ? new Siblings(listen.folder) : undefined
  const opened = await openBindings({
    config: bindings,
    app,
    dataDir,
    appDir,
    environment: variables,
    ...(siblings === undefined ? {} : { openApp: (name) => siblings.open(name) }),
  })
  const env = Object.freeze({ ...variables, ...opened.env })
  const close = async (): Promise<void> => {
    await opened[Symbol.asyncDispose]()
    await siblings?.close()
  }
  return { env, [Symbol.asyncDispose]: close }
}
