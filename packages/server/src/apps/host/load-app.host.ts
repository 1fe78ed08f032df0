import { pathToFileURL } from 'node:url'
import type { App } from '../app.ts'
import type { AppHostOptions } from './app-host-options.ts'
import { appKind, type AppKind } from './app-kind.host.ts'
import { installModuleHooks } from './module-hooks.host.ts'

/** An app that was imported, with the environment that its handlers get. */
export interface LoadedApp {
  readonly kind: AppKind
  readonly hooks: Pick<App, 'websocket' | 'scheduled' | 'warm'>
  readonly crons: readonly string[]
  readonly env: Readonly<Record<string, unknown>>
}

/** Imports the app's file, whatever it is written in, and warms it. Rejects with what it threw. */
export async function loadApp(options: AppHostOptions): Promise<LoadedApp> {
  installModuleHooks()
  const module = (await import(pathToFileURL(options.entry).href)) as { readonly default?: unknown }
  const exported = withoutInterop(module.default)
  const kind = await appKind(exported)
  const { websocket, scheduled, warm, crons = [] } = exported as App
  const env = Object.freeze({ ...options.variables })
  const hooks = {
    ...(websocket === undefined ? {} : { websocket }),
    ...(scheduled === undefined ? {} : { scheduled: scheduled.bind(exported) }),
  }
  if (typeof warm === 'function') await warm.call(exported, env)
  return { kind, hooks, crons, env }
}

/** A CommonJS module that was compiled from `export default` has it one level deeper. */
function withoutInterop(exported: unknown): unknown {
  const inner =
    (exported as { readonly __esModule?: boolean; readonly default?: unknown } | null | undefined) ?? undefined
  return inner?.__esModule === true ? inner.default : exported
}
