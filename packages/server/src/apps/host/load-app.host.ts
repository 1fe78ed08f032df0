import { pathToFileURL } from 'node:url'
import type { App } from '../app.ts'
import { openAppBindings, type BoundApp } from '../bindings/app-bindings.host.ts'
import { BodyLimits } from '../body-limit.ts'
import { importApp } from '../compat/listening.ts'
import type { KeptNames } from '../control-messages.ts'
import type { AppHostOptions } from './app-host-options.ts'
import { appKind, type AppKind } from './app-kind.host.ts'
import { findSyntaxError, installModuleHooks } from './module-hooks.host.ts'

/** An app that was imported, with the environment that its handlers get. */
export interface LoadedApp {
  readonly kind: AppKind
  readonly hooks: Pick<App, 'websocket' | 'scheduled' | 'warm'>
  readonly crons: readonly string[]
  readonly bodyLimits: Readonly<Record<string, number>>
  readonly env: Readonly<Record<string, unknown>>
  /** What `env` holds open. */
  readonly bindings: AsyncDisposable
  /** Forgets kept answers and returns how many. Default: nothing is kept. */
  readonly purge?: (what: KeptNames) => number
}

/** Imports the app's file, whatever it is written in, and warms it. Rejects with what it threw. */
export async function loadApp(options: AppHostOptions): Promise<LoadedApp> {
  installModuleHooks()
  const exported = withoutInterop(await importApp(() => importEntry(options.entry)))
  const kind = await appKind(exported)
  const { websocket, scheduled, warm, crons = [], bodyLimits = {} } = exported as App
  void new BodyLimits(0, bodyLimits)
  const bindings = await openAppBindings(exported as BoundApp, options)
  const { env } = bindings
  const hooks = {
    ...(websocket === undefined ? {} : { websocket }),
    ...(scheduled === undefined ? {} : { scheduled: scheduled.bind(exported) }),
  }
  if (typeof warm === 'function') await warm.call(exported, env)
  return { kind, hooks, crons, bodyLimits, env, bindings }
}

/** Rejects with what the file threw; of a syntax error, with file and line. */
async function importEntry(entry: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(entry).href)) as { readonly default?: unknown }
  } catch (error) {
    if (error instanceof SyntaxError) findSyntaxError()
    throw error
  }
}

/** A CommonJS module that was compiled from `export default` has it one level deeper. */
function withoutInterop(exported: unknown): unknown {
  const inner =
    (exported as { readonly __esModule?: boolean; readonly default?: unknown } | null | undefined) ?? undefined
  return inner?.__esModule === true ? inner.default : exported
}
