import { availableParallelism } from 'node:os'
import { resolveRunAppOptions, type RunAppOptions } from '../apps/direct/app-options.ts'
import { startDirectApp, type RunningApp } from '../apps/direct/running-app.ts'
import { appPools } from './app-pools.ts'

/**
 * Runs one app in runtimes of its own that accept connections themselves. Resolves once they do. Throws `ServerError`: `EK_APP_LOAD`,
 * `EK_CONFIG_INVALID`, `EK_PUBLIC_WITHOUT_TOKENS`, `EK_PORT_TAKEN`, `EK_LISTEN`.
 */
export async function runApp(options: RunAppOptions): Promise<RunningApp> {
  return startDirectApp(resolveRunAppOptions(options, availableParallelism()), {
    pools: ({ descriptor }) => appPools([descriptor]),
  })
}
