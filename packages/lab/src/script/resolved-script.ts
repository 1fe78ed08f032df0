import type { Finding } from '../errors/lab-error.ts'
import type { PlainRecord } from '../util/records.ts'
import type { HttpSettings, TlsSettings, WsSettings } from './protocol-settings.ts'
import type { LoadScriptOptions } from './load-script.ts'
import type { Payload } from './payload.ts'
import type { PhaseDefinition } from './phase.ts'
import type { PluginSettings } from './plugin-settings.ts'
import type { Processor } from './processor.ts'
import type { ProxySettings } from './proxy-settings.ts'
import type { Scenario } from './step.ts'

/** A script with its configuration complete: files read, environment chosen, configuration templates filled. */
export interface ResolvedScript {
  readonly file: string
  readonly name: string
  readonly target: string
  readonly environment: string | undefined
  readonly phases: readonly PhaseDefinition[]
  readonly http: HttpSettings
  readonly ws: WsSettings
  readonly tls: TlsSettings
  /** Of the environment; the requests of all scenarios use them. */
  readonly proxies: ProxySettings
  readonly variables: PlainRecord
  /** Variables that every user starts with: `target`, `$environment`, `$env` and the like. */
  readonly baseVars: PlainRecord
  readonly payloads: readonly Payload[]
  readonly processor: Processor
  readonly plugins: PluginSettings
  readonly scenarios: readonly Scenario[]
  readonly before: Scenario | undefined
  readonly after: Scenario | undefined
  /** Makes the random choices of a run repeatable. */
  readonly seed: number | undefined
  readonly hookTimeoutMs: number
  readonly healthLimits: HealthLimits
  readonly warnings: readonly Finding[]
  /** The plain configuration, as processors see it. */
  readonly config: PlainRecord
  /** How the script was loaded, for a thread that loads it again. */
  readonly origin: { readonly file: string; readonly options: LoadScriptOptions }
}

interface HealthLimits {
  /** Largest p99 of the start delay. */
  readonly sendLagMs: number
  /** Least share of the intended arrivals. */
  readonly achievedPercent: number
}
