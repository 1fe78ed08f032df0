import { isRecord } from '../util/records.ts'
import { flowShape } from './flow-shape.ts'
import {
  anything,
  count,
  duration,
  flag,
  hook,
  keys,
  listOf,
  mapOf,
  number,
  oneOf,
  oneOrList,
  scalar,
  text,
  type Shape,
} from './shape.ts'

const phase = keys({
  name: text,
  duration,
  arrivalRate: number,
  rampTo: number,
  arrivalCount: count,
  maxVusers: count,
  pause: duration,
  mode: oneOf('uniform', 'poisson'),
})

const payload = keys({
  path: text,
  fields: listOf(text),
  order: oneOf('random', 'sequence', 'unique'),
  skipHeader: flag,
  delimiter: text,
  cast: anything,
  skipEmptyLines: flag,
  loadAll: flag,
  name: text,
  options: anything,
})

const httpDefaults = keys({
  headers: mapOf(scalar),
  cookie: mapOf(scalar),
  strictCapture: flag,
  think: keys({ jitter: scalar }),
  timeout: duration,
})

const http = keys({
  timeout: duration,
  connectTimeout: duration,
  firstByteTimeout: duration,
  maxSockets: count,
  pool: count,
  extendedMetrics: flag,
  distributedTracing: anything,
  cookieJarOptions: anything,
  defaults: httpDefaults,
  timeoutCode: oneOf('ETIMEDOUT', 'ESOCKETTIMEDOUT'),
})

const ws = keys({
  subprotocols: oneOrList(text),
  headers: mapOf(scalar),
  proxy: keys({ url: text, localAddress: text }),
  rejectUnauthorized: flag,
  timeout: duration,
  defaults: anything,
})

const tls = keys({
  rejectUnauthorized: flag,
  ca: anything,
  cert: anything,
  key: anything,
  pfx: anything,
  passphrase: text,
  servername: text,
})

const apdex = keys({ threshold: number })

const ensure = keys({
  thresholds: listOf(anything),
  conditions: listOf(keys({ expression: text, strict: flag })),
  min: number,
  max: number,
  median: number,
  p95: number,
  p99: number,
  maxErrorRate: number,
})

const expectPlugin = keys({
  outputFormat: text,
  outputFile: text,
  formatter: text,
  reportFailuresAsErrors: flag,
  expectDefault200: flag,
  useOnlyRequestNames: flag,
  useRequestNames: flag,
})

const metricsByEndpoint = keys({
  useOnlyRequestNames: flag,
  stripQueryString: flag,
  ignoreUnnamedRequests: flag,
  metricsNamespace: text,
  metricsPrefix: text,
  groupDynamicURLs: flag,
  suppressOutput: flag,
})

const pluginShapes: Readonly<Record<string, Shape>> = {
  apdex,
  ensure,
  expect: expectPlugin,
  'metrics-by-endpoint': metricsByEndpoint,
}

/** Plugins of others are named in a warning when the script is loaded; the shape of their options is theirs. */
const plugins: Shape = (value, path, report) => {
  if (!isRecord(value)) return mapOf(anything)(value, path, report)
  for (const [name, options] of Object.entries(value))
    if (options !== null) (pluginShapes[name] ?? anything)(options, [...path, name], report)
}

const configKeys: Readonly<Record<string, Shape>> = {
  target: scalar,
  phases: listOf(phase),
  mode: oneOf('uniform', 'poisson'),
  http,
  ws,
  tls,
  timeout: duration,
  defaults: httpDefaults,
  variables: mapOf(anything),
  payload: oneOrList(payload),
  processor: text,
  plugins,
  ensure,
  apdex,
  engines: anything,
  socketio: anything,
  bundling: anything,
  includeFiles: anything,
  statsInterval: scalar,
  seed: number,
  healthLimits: keys({ sendLagMs: number, achievedPercent: number }),
  hookTimeout: duration,
  markers: oneOrList(anything),
}

const movedConfigKeys = {
  order: '"order" belongs under "config.payload"',
  scenarios: '"scenarios" belongs at the root',
}

const environments: Shape = mapOf(keys(configKeys, movedConfigKeys))

const configShape: Shape = keys({ ...configKeys, environments }, movedConfigKeys)

const scenario = keys(
  {
    name: text,
    weight: scalar,
    flow: flowShape,
    engine: text,
    beforeScenario: oneOrList(hook),
    afterScenario: oneOrList(hook),
    beforeRequest: oneOrList(hook),
    afterResponse: oneOrList(hook),
    onError: oneOrList(hook),
    variables: mapOf(anything),
    testFunction: anything,
    flowFunction: anything,
  },
  { steps: 'the steps of a scenario are its "flow"' },
)

/** Keys of `config` that stand at the root by mistake are moved before this shape is checked, so the root knows only its own. */
export const rootKeys: Readonly<Record<string, Shape>> = {
  config: configShape,
  scenarios: listOf(scenario),
  before: scenario,
  after: scenario,
}

export function isConfigKey(key: string): boolean {
  return key in configKeys || key === 'environments'
}
