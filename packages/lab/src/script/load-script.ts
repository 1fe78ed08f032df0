import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { LabError, type Finding } from '../errors/lab-error.ts'
import { parseDurationMs } from '../util/duration.ts'
import { asList, asRecord, mergeDeep, type PlainRecord } from '../util/records.ts'
import { toText } from '../util/to-text.ts'
import { fillConfig } from './config-templates.ts'
import { hoistMisplaced } from './hoist-misplaced.ts'
import { hookFindings } from './hook-findings.ts'
import { inertKeyFindings } from './inert-keys.ts'
import { loadPayload } from './payload.ts'
import { parseScenario } from './parse-scenario.ts'
import { parsePhase, phaseFindings, scalePhase, singleUserPhase, type PhaseDefinition } from './phase.ts'
import { parsePlugins } from './plugin-settings.ts'
import { functionsOf, loadProcessor, type Processor } from './processor.ts'
import { parseHttpSettings, parseTlsSettings, parseWsSettings } from './protocol-settings.ts'
import { parseProxySettings } from './proxy-settings.ts'
import { resolveFrom } from './resolve-path.ts'
import type { ResolvedScript } from './resolved-script.ts'
import { checkRoot } from './root-shape.ts'
import { chooseScenarios } from './choose-scenarios.ts'
import { readScriptSource, type ScriptSource } from './script-source.ts'
import type { Scenario } from './step.ts'

export interface LoadScriptOptions {
  /** Merged over the configuration: a key of `config.environments`. */
  readonly environment?: string
  /** Replaces `config.target`. */
  readonly target?: string
  /** A second file whose configuration lies below that of the script. */
  readonly configFile?: string
  /** Merged over the whole script: `{ config: { phases: … } }`. */
  readonly overrides?: PlainRecord
  /** Merged over `config.variables`. */
  readonly variables?: PlainRecord
  /** Files that replace the path of the script's payloads, in their order. */
  readonly payloadFiles?: readonly string[]
  /** Environment variables for `$env` and `$processEnvironment`. Default: those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Run only the scenario with this name, or those that match it as a regular expression. */
  readonly scenarioName?: string
  /** One user, once, whatever the phases say. */
  readonly solo?: boolean
  /** Accept any certificate. */
  readonly insecure?: boolean
  /** Unknown keys become warnings. */
  readonly allowUnknownKeys?: boolean
  /** Phases run this many times faster, with the same number of users. */
  readonly timeScale?: number
}

/**
 * Reads and checks a script and all it refers to. Nothing is sent.
 * @throws LabError with every finding and its line: `EK_LAB_SCRIPT_READ`, `EK_LAB_SCRIPT_SYNTAX`, `EK_LAB_SCRIPT_INVALID`,
 * `EK_LAB_PAYLOAD`, `EK_LAB_PROCESSOR`, `EK_LAB_TEMPLATE`.
 */
export async function loadScript(file: string, options: LoadScriptOptions = {}): Promise<ResolvedScript> {
  const path = resolve(file)
  return resolveScript(await readScriptSource(path), path, options)
}

/** As `loadScript`, for a script that is at hand as a value. Its paths are resolved from `folder`, by default the current one. */
export async function parseScript(
  value: unknown,
  options: LoadScriptOptions & { readonly folder?: string } = {},
): Promise<ResolvedScript> {
  const { folder, ...rest } = options
  const path = resolve(folder ?? '.', 'script')
  return resolveScript({ file: 'script', value, locate: () => undefined }, path, rest)
}

async function resolveScript(given: ScriptSource, path: string, options: LoadScriptOptions): Promise<ResolvedScript> {
  const { source, warnings } = check(given, options)
  const base =
    options.configFile === undefined ? undefined : check(await readScriptSource(resolve(options.configFile)), options)
  const script = asRecord(mergeDeep(mergeBase(base?.source.value, source.value), options.overrides))
  const environmentVars = baseVariables(path, options)
  const config = fillConfig(
    withOptions(applyEnvironment(asRecord(script['config']), options), options),
    environmentVars,
  )
  const folder = dirname(options.configFile === undefined ? path : resolve(options.configFile))
  const processor = await findProcessor({ config, folder, scriptFolder: dirname(path), source })
  const scenarios = parseScenarios(script, source, options)
  return finish({ path, options, config, folder, processor, scenarios, source, script, environmentVars }, [
    ...(base?.warnings ?? []),
    ...warnings,
  ])
}

interface Parts {
  readonly path: string
  readonly options: LoadScriptOptions
  readonly config: PlainRecord
  readonly folder: string
  readonly processor: Processor
  readonly scenarios: readonly Scenario[]
  readonly source: ScriptSource
  readonly script: PlainRecord
  readonly environmentVars: PlainRecord
}

async function finish(parts: Parts, warnings: readonly Finding[]): Promise<ResolvedScript> {
  const { path, options, config, folder, processor, scenarios, source, script } = parts
  const plugins = parsePlugins(config)
  const phases = resolvePhases(config, options)
  const before = script['before'] === undefined ? undefined : parseScenario(script['before'], ['before'], source)
  const after = script['after'] === undefined ? undefined : parseScenario(script['after'], ['after'], source)
  const variables = asRecord(config['variables'])
  const target = resolveTarget(config, [...scenarios, before, after], source)
  const tls = await parseTlsSettings(config, folder)
  const limits = asRecord(config['healthLimits'])
  const everyScenario = [...scenarios, before, after].filter((each) => each !== undefined)
  return Object.freeze({
    file: path,
    name: basename(path),
    target,
    environment: options.environment,
    phases: phases.list,
    http: parseHttpSettings(config),
    ws: parseWsSettings(config),
    proxies: parseProxySettings(options.env ?? process.env),
    tls: options.insecure === true ? { ...tls, rejectUnauthorized: false } : tls,
    variables,
    baseVars: { ...parts.environmentVars, target },
    payloads: await Promise.all(payloadEntries(config, options).map((each) => loadPayload(each, folder))),
    processor,
    plugins,
    scenarios,
    before,
    after,
    seed: config['seed'] === undefined ? undefined : Number(config['seed']),
    hookTimeoutMs: parseDurationMs(config['hookTimeout']) ?? defaultHookTimeoutMs,
    healthLimits: {
      sendLagMs: Number(limits['sendLagMs'] ?? 5),
      achievedPercent: Number(limits['achievedPercent'] ?? 99),
    },
    warnings: [
      ...warnings,
      ...phases.warnings,
      ...pluginWarnings(plugins.unknown, source),
      ...hookFindings(everyScenario, processor),
    ],
    config,
    origin: { file: path, options },
  })
}

const defaultHookTimeoutMs = 30_000

interface CheckedSource {
  readonly source: ScriptSource
  readonly warnings: readonly Finding[]
}

function check(given: ScriptSource, options: LoadScriptOptions): CheckedSource {
  const { source, warnings } = hoistMisplaced(given)
  const problems = checkRoot(source)
  const inert = inertKeyFindings(source)
  if (problems.length === 0) return { source, warnings: [...warnings, ...inert] }
  if (options.allowUnknownKeys === true) return { source, warnings: [...warnings, ...inert, ...problems] }
  throw new LabError('EK_LAB_SCRIPT_INVALID', `The script "${source.file}" cannot be run`, {
    findings: [...warnings, ...problems],
    ...(problems.some(({ message }) => message.startsWith('Unknown key'))
      ? { hint: '--allow-unknown turns unknown keys into warnings' }
      : {}),
  })
}

/** The script's own keys lie over those of the separate configuration file. */
function mergeBase(base: unknown, script: unknown): unknown {
  return base === undefined ? script : mergeDeep(base, script)
}

function baseVariables(path: string, options: LoadScriptOptions): PlainRecord {
  const env = options.env ?? process.env
  return {
    $env: env,
    $processEnvironment: env,
    $environment: options.environment,
    $dirname: dirname(path),
    $scenarioFile: path,
    $testId: randomUUID(),
  }
}

function applyEnvironment(config: PlainRecord, options: LoadScriptOptions): PlainRecord {
  if (options.environment === undefined) return config
  const environments = asRecord(config['environments'])
  const chosen = environments[options.environment]
  if (chosen !== undefined) return asRecord(mergeDeep(config, chosen))
  const known = Object.keys(environments).map((name) => `"${name}"`)
  throw new LabError('EK_LAB_SCRIPT_INVALID', `The script has no environment "${options.environment}"`, {
    hint: known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`,
  })
}

function withOptions(config: PlainRecord, options: LoadScriptOptions): PlainRecord {
  const variables = mergeDeep(asRecord(config['variables']), options.variables)
  return { ...config, variables, ...(options.target === undefined ? {} : { target: options.target }) }
}

async function findProcessor(parts: {
  readonly config: PlainRecord
  readonly folder: string
  readonly scriptFolder: string
  readonly source: ScriptSource
}): Promise<Processor> {
  const own = functionsOf(parts.source.value)
  const path = parts.config['processor']
  if (typeof path !== 'string') return own
  // A processor is looked for beside the configuration that names it, then beside the script, where older scripts have it.
  const beside = [parts.folder, parts.scriptFolder].map((folder) => resolveFrom(folder, path))
  return {
    ...own,
    ...(await loadProcessor(beside.find((file) => existsSync(file)) ?? resolveFrom(parts.folder, path))),
  }
}

function parseScenarios(script: PlainRecord, source: ScriptSource, options: LoadScriptOptions): readonly Scenario[] {
  const all = asList(script['scenarios']).map((each, index) => parseScenario(each, ['scenarios', index], source))
  if (all.length === 0)
    throw new LabError('EK_LAB_SCRIPT_INVALID', `The script "${source.file}" has no scenario`, {
      hint: 'add a list "scenarios" with at least one "flow"',
    })
  checkEngines(script, source)
  return options.scenarioName === undefined ? all : chooseScenarios(all, options.scenarioName)
}

function checkEngines(script: PlainRecord, source: ScriptSource): void {
  for (const [index, each] of asList(script['scenarios']).entries()) {
    const engine = asRecord(each)['engine']
    if (engine === undefined || engine === 'http' || engine === 'ws') continue
    throw new LabError('EK_LAB_SCRIPT_INVALID', `The engine ${JSON.stringify(engine)} is not part of this lab`, {
      hint: 'it has "http" and "ws"',
      findings: [{ message: 'here', file: source.file, ...source.locate(['scenarios', index, 'engine']) }],
    })
  }
}

function resolvePhases(
  config: PlainRecord,
  options: LoadScriptOptions,
): { readonly list: readonly PhaseDefinition[]; readonly warnings: readonly Finding[] } {
  if (options.solo === true) return { list: [singleUserPhase], warnings: [] }
  const process = config['mode'] === 'poisson' ? 'poisson' : 'uniform'
  const list = asList(config['phases']).map((each, index) => parsePhase(asRecord(each), index, process))
  if (list.length === 0)
    return { list: [singleUserPhase], warnings: [{ message: 'The script has no phases: one user is sent, once' }] }
  const warnings = asList(config['phases']).flatMap((each, index) => phaseFindings(asRecord(each), index))
  return { list: list.map((phase) => scalePhase(phase, options.timeScale ?? 1)), warnings }
}

function payloadEntries(config: PlainRecord, options: LoadScriptOptions): readonly unknown[] {
  const files = options.payloadFiles ?? []
  const entries = asList(config['payload']).map((each) => asRecord(each))
  if (files.length > entries.filter((each) => each['path'] === undefined).length + entries.length)
    throw new LabError('EK_LAB_USAGE', `${files.length} payload files were given for ${entries.length} payloads`)
  return entries.map((entry, index) => (files[index] === undefined ? entry : { ...entry, path: resolve(files[index]) }))
}

function resolveTarget(
  config: PlainRecord,
  scenarios: readonly (Scenario | undefined)[],
  source: ScriptSource,
): string {
  const target = config['target']
  if (target !== undefined && target !== null && target !== '') return toText(target)
  const needsIt = scenarios.some((scenario) => scenario !== undefined && usesTarget(scenario))
  if (!needsIt) return ''
  throw new LabError('EK_LAB_SCRIPT_INVALID', `The script "${source.file}" has no "config.target"`, {
    hint: 'set it in the script, in the environment (-e), or with --target',
  })
}

function usesTarget(scenario: Scenario): boolean {
  if (scenario.engine === 'ws') return scenario.flow[0]?.kind !== 'connect'
  return scenario.flow.some((step) => step.kind === 'request' && isRelative(step.params))
}

function isRelative(params: PlainRecord): boolean {
  const url = params['url'] ?? params['uri']
  return typeof url === 'string' && url.startsWith('/')
}

function pluginWarnings(names: readonly string[], source: ScriptSource): readonly Finding[] {
  return names.map((name) => ({
    message: `The plugin "${name}" is not part of this lab and does nothing`,
    file: source.file,
    ...source.locate(['config', 'plugins', name]),
  }))
}
