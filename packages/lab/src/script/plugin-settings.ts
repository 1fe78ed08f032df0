import { asList, asRecord, isRecord, type PlainRecord } from '../util/records.ts'

export interface EnsureSettings {
  readonly thresholds: readonly { readonly metric: string; readonly max: number }[]
  readonly conditions: readonly { readonly expression: string; readonly strict: boolean }[]
}

interface ExpectSettings {
  readonly reportFailuresAsErrors: boolean
  readonly expectDefault200: boolean
  readonly useOnlyRequestNames: boolean
}

export interface EndpointSettings {
  readonly useOnlyRequestNames: boolean
  readonly stripQueryString: boolean
  readonly ignoreUnnamedRequests: boolean
  readonly groupDynamicUrls: boolean
}

/** The built-in plugins. One that is undefined is off. */
export interface PluginSettings {
  readonly ensure: EnsureSettings | undefined
  readonly expect: ExpectSettings | undefined
  readonly apdexThresholdMs: number | undefined
  readonly endpoints: EndpointSettings
  /** Options of each faker function by its name in templates. */
  readonly fakeData: PlainRecord | undefined
  /** Plugins of others, which this lab does not run. */
  readonly unknown: readonly string[]
}

const known = new Set(['ensure', 'expect', 'apdex', 'metrics-by-endpoint', 'fake-data'])
const defaultApdexThresholdMs = 500

export function parsePlugins(config: PlainRecord): PluginSettings {
  const plugins = asRecord(config['plugins'])
  return {
    ensure: parseEnsure(config['ensure'] ?? plugins['ensure']),
    expect: 'expect' in plugins ? parseExpect(asRecord(plugins['expect'])) : undefined,
    apdexThresholdMs: parseApdex(config['apdex'], plugins),
    endpoints: parseEndpoints(plugins['metrics-by-endpoint']),
    fakeData: 'fake-data' in plugins ? asRecord(plugins['fake-data']) : undefined,
    unknown: Object.keys(plugins).filter((name) => !known.has(name)),
  }
}

function isOn(value: unknown): boolean {
  return value === true || value === 'true'
}

function parseExpect(options: PlainRecord): ExpectSettings {
  return {
    reportFailuresAsErrors: isOn(options['reportFailuresAsErrors']),
    expectDefault200: isOn(options['expectDefault200']),
    useOnlyRequestNames: isOn(options['useOnlyRequestNames']) || isOn(options['useRequestNames']),
  }
}

function parseApdex(atConfig: unknown, plugins: PlainRecord): number | undefined {
  if (atConfig === undefined && !('apdex' in plugins)) return undefined
  const options = { ...asRecord(plugins['apdex']), ...asRecord(atConfig) }
  return Number(options['threshold'] ?? defaultApdexThresholdMs)
}

/** Queries are part of an endpoint's name only for scripts that set the plugin up themselves. */
function parseEndpoints(given: unknown): EndpointSettings {
  const options: PlainRecord = given === undefined ? { stripQueryString: true } : asRecord(given)
  return {
    useOnlyRequestNames: isOn(options['useOnlyRequestNames']),
    stripQueryString: isOn(options['stripQueryString']),
    ignoreUnnamedRequests: isOn(options['ignoreUnnamedRequests']),
    groupDynamicUrls: options['groupDynamicURLs'] === undefined || isOn(options['groupDynamicURLs']),
  }
}

/** Names of the short form `ensure: { p95: 200 }`. */
const shortThresholds: Readonly<Record<string, string>> = {
  min: 'http.response_time.min',
  max: 'http.response_time.max',
  median: 'http.response_time.median',
  p95: 'http.response_time.p95',
  p99: 'http.response_time.p99',
}

function parseEnsure(value: unknown): EnsureSettings | undefined {
  if (!isRecord(value)) return undefined
  const listed = asList(value['thresholds']).flatMap((each) =>
    Object.entries(asRecord(each)).map(([metric, max]) => ({ metric, max: Number(max) })),
  )
  const short = Object.entries(shortThresholds)
    .filter(([key]) => value[key] !== undefined)
    .map(([key, metric]) => ({ metric, max: Number(value[key]) }))
  const conditions = asList(value['conditions']).map((each) => {
    const { expression, strict } = asRecord(each)
    return { expression: String(expression), strict: strict !== false && strict !== 'false' }
  })
  const maxErrorRate = value['maxErrorRate']
  if (maxErrorRate !== undefined)
    conditions.push({ expression: `lab.error_rate <= ${Number(maxErrorRate)}`, strict: true })
  return { thresholds: [...short, ...listed], conditions }
}
