import { readFile } from 'node:fs/promises'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { parseDurationMs } from '../util/duration.ts'
import { asList, asRecord, isRecord, type PlainRecord } from '../util/records.ts'
import { parseWsProxy, type ProxyAddress } from './proxy-settings.ts'
import { resolveFrom } from './resolve-path.ts'

export interface HttpSettings {
  /** From start to last body byte. */
  readonly timeoutMs: number
  readonly connectTimeoutMs: number | undefined
  readonly firstByteTimeoutMs: number | undefined
  /** Name of a timeout in the error counts. */
  readonly timeoutCode: 'ETIMEDOUT' | 'ESOCKETTIMEDOUT'
  /** Connections of one user to one origin; more than one is opened only by parallel steps. */
  readonly maxSockets: number
  /** Connections shared by all users of a generator; undefined gives each user its own. */
  readonly pool: number | undefined
  readonly headers: PlainRecord
  readonly cookie: PlainRecord
  readonly strictCapture: boolean
  readonly thinkJitter: unknown
  readonly tracing: { readonly sampled: boolean; readonly prefix: string } | undefined
  readonly cookieJarOptions: PlainRecord
}

export interface TlsSettings {
  readonly rejectUnauthorized: boolean
  readonly ca: readonly Buffer[] | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
  readonly pfx: Buffer | undefined
  readonly passphrase: string | undefined
  readonly servername: string | undefined
}

export interface WsSettings {
  readonly subprotocols: readonly string[]
  readonly headers: PlainRecord
  readonly rejectUnauthorized: boolean | undefined
  readonly proxy: ProxyAddress | undefined
  readonly timeoutMs: number
}

const defaultTimeoutMs = 10_000

export function parseHttpSettings(config: PlainRecord): HttpSettings {
  const http = asRecord(config['http'])
  // `config.defaults` is the older place of `config.http.defaults`.
  const defaults = { ...asRecord(config['defaults']), ...asRecord(http['defaults']) }
  return {
    timeoutMs: parseDurationMs(config['timeout'] ?? http['timeout']) ?? defaultTimeoutMs,
    connectTimeoutMs: parseDurationMs(http['connectTimeout']),
    firstByteTimeoutMs: parseDurationMs(http['firstByteTimeout']),
    timeoutCode: http['timeoutCode'] === 'ESOCKETTIMEDOUT' ? 'ESOCKETTIMEDOUT' : 'ETIMEDOUT',
    maxSockets: http['maxSockets'] === undefined ? Infinity : Math.max(1, Number(http['maxSockets'])),
    pool: http['pool'] === undefined ? undefined : Math.max(1, Number(http['pool'])),
    headers: asRecord(defaults['headers']),
    cookie: asRecord(defaults['cookie']),
    strictCapture: defaults['strictCapture'] !== false && defaults['strictCapture'] !== 'false',
    thinkJitter: asRecord(defaults['think'])['jitter'],
    tracing: parseTracing(http['distributedTracing']),
    cookieJarOptions: asRecord(http['cookieJarOptions']),
  }
}

function parseTracing(value: unknown): HttpSettings['tracing'] {
  if (value === undefined || value === false || value === 'false') return undefined
  const { enabled, sampled, traceIdPrefix } = asRecord(value)
  if (enabled === false) return undefined
  const prefix = typeof traceIdPrefix === 'string' && /^[0-9a-f]{1,8}$/i.test(traceIdPrefix) ? traceIdPrefix : 'a9'
  return { sampled: sampled !== false, prefix: prefix.toLowerCase() }
}

export function parseWsSettings(config: PlainRecord): WsSettings {
  const ws = asRecord(config['ws'])
  const rejectUnauthorized = ws['rejectUnauthorized']
  return {
    subprotocols: asList(ws['subprotocols']).map(String),
    headers: asRecord(ws['headers']),
    rejectUnauthorized: rejectUnauthorized === undefined ? undefined : rejectUnauthorized !== false,
    proxy: parseWsProxy(ws),
    timeoutMs: parseDurationMs(config['timeout'] ?? ws['timeout']) ?? defaultTimeoutMs,
  }
}

/** Certificates are given as text (PEM) or as a path from the script's folder. */
export async function parseTlsSettings(config: PlainRecord, folder: string): Promise<TlsSettings> {
  const tls = asRecord(config['tls'])
  const read = (key: string): Promise<Buffer | undefined> => readCertificate(tls[key], folder, `tls.${key}`)
  const ca = await Promise.all(asList(tls['ca']).map((each) => readCertificate(each, folder, 'tls.ca')))
  return {
    rejectUnauthorized: tls['rejectUnauthorized'] !== false && tls['rejectUnauthorized'] !== 'false',
    ca: ca.length === 0 ? undefined : ca.filter((each) => each !== undefined),
    cert: await read('cert'),
    key: await read('key'),
    pfx: await read('pfx'),
    passphrase: typeof tls['passphrase'] === 'string' ? tls['passphrase'] : undefined,
    servername: typeof tls['servername'] === 'string' ? tls['servername'] : undefined,
  }
}

async function readCertificate(value: unknown, folder: string, name: string): Promise<Buffer | undefined> {
  if (value === undefined || value === null) return undefined
  const path = isRecord(value) ? value['fromFile'] : value
  if (typeof path !== 'string')
    throw new LabError('EK_LAB_SCRIPT_INVALID', `"config.${name}" must be PEM text or a path`)
  if (path.includes('-----BEGIN')) return Buffer.from(path)
  try {
    return await readFile(resolveFrom(folder, path))
  } catch (error) {
    throw new LabError('EK_LAB_SCRIPT_READ', `"config.${name}" could not be read from "${path}": ${messageOf(error)}`, {
      cause: error,
    })
  }
}
