import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Engine, HostLaunch, Program } from '../contract/engine.ts'
import { readFlags, sourceFlags } from '../util/host-flags.ts'
import {
  moduleUrl,
  resolveProcessOptions,
  type ProcessEngineOptions,
  type ProcessPermissions,
  type ResolvedProcessOptions,
} from './options.ts'
import type { ProcessHostConfig } from './process-driver.host.ts'

/**
 * Trusted code in host processes with the whole Node API: a module is imported once in each host, warmed, and then serves many invocations
 * at a time. Throws `EK_POOL_OPTION`.
 */
export function processEngine(options: ProcessEngineOptions): Engine {
  const resolved = resolveProcessOptions(options)
  const entry = fileURLToPath(import.meta.resolve('#process-host'))
  return {
    name: resolved.name,
    freshness: ['reuse', 'process'],
    streams: true,
    launch: () => launch(entry, resolved),
  }
}

/** Names an exported function, such as `render` or `default.fetch`. */
export function processProgram(exported = 'default'): Program {
  return { id: exported, options: { export: exported }, source: '' }
}

function launch(entry: string, options: ResolvedProcessOptions): HostLaunch {
  const { module, warm, softLimitShare, logs, permissions } = options
  const url = moduleUrl(typeof module === 'function' ? module() : module)
  const config: ProcessHostConfig = { module: url, options: options.options, softLimitShare, logs, warm: warm ?? null }
  const granted = permissions === undefined ? [] : permissionFlags(permissions, [entry, fileURLToPath(url)])
  return {
    entry,
    nodeFlags: [...sourceFlags(entry), ...granted, ...options.nodeFlags],
    env: options.env,
    config,
    residentMb: options.residentMb,
    concurrency: options.concurrency,
    maxSilentMs: options.maxBlockedMs,
    captureOutput: true,
    descriptors: options.descriptors,
  }
}

function permissionFlags(permissions: ProcessPermissions, [entry, module]: [entry: string, module: string]): string[] {
  const { read = [], write = [], net, childProcess, worker, addons } = permissions
  const flags = ['--permission', '--disable-warning=SecurityWarning']
  if (net === true) flags.push('--allow-net')
  if (childProcess === true) flags.push('--allow-child-process')
  if (worker === true) flags.push('--allow-worker')
  if (addons === true) flags.push('--allow-addons')
  // The program's folder by the name that is imported and by the one that links lead to.
  const folder = dirname(module)
  for (const path of [...read, join(folder, '*'), join(realpathSync(folder), '*')])
    flags.push(`--allow-fs-read=${path}`)
  return [...flags, ...readFlags(entry, []), ...write.map((path) => `--allow-fs-write=${path}`)]
}
