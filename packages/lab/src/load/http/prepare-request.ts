import type { HttpSettings } from '../../script/protocol-settings.ts'
import { compileValue, type CompiledValue, type TemplateScope } from '../../script/template.ts'
import { parseDurationMs } from '../../util/duration.ts'
import { asRecord, isRecord, type PlainRecord } from '../../util/records.ts'
import { toText } from '../../util/to-text.ts'
import { encodeBody, type BodyParts, type EncodedBody } from './encode-body.ts'

/** A request with its templates filled, before cookies and redirects. */
export interface FilledRequest {
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: EncodedBody | Promise<EncodedBody>
  readonly cookie: PlainRecord | undefined
  readonly followRedirect: boolean
  readonly timeoutMs: number
}

export interface PreparedRequest {
  fill(scope: TemplateScope): FilledRequest
}

/** Finds the templates of a request step once. `folder` is where files of form data are looked for. */
export function prepareRequest(params: PlainRecord, http: HttpSettings, folder: string): PreparedRequest {
  const url = compileValue(params['uri'] ?? params['url'])
  const query = compileValue(params['qs'])
  const headers = prepareHeaders(params, http)
  const body = prepareBody(params, folder)
  const cookie = compileValue(cookieOf(params, http))
  const auth = prepareAuth(params)
  const followRedirect = isOn(params['followRedirect'])
  const gzip = isOn(params['gzip'])
  const timeoutMs = parseDurationMs(params['timeout']) ?? http.timeoutMs
  return {
    fill: (scope) => {
      const filled = headers(scope)
      if (gzip) filled['accept-encoding'] ??= 'gzip, deflate, br'
      const authorization = auth?.(scope)
      if (authorization !== undefined) filled['authorization'] ??= authorization
      if (http.tracing !== undefined) filled['traceparent'] = traceparent(http.tracing)
      return {
        url: withQuery(toText(url.fill(scope)), query.fill(scope)),
        headers: filled,
        body: body(scope),
        cookie: cookie.fill(scope) as PlainRecord | undefined,
        followRedirect,
        timeoutMs,
      }
    },
  }
}

function isOn(value: unknown): boolean {
  return value !== false && value !== 'false'
}

const userAgent = 'evenkeel-lab'

function prepareHeaders(params: PlainRecord, http: HttpSettings): (scope: TemplateScope) => Record<string, string> {
  const defaults = compileValue(http.headers)
  const own = compileValue(asRecord(params['headers']))
  const merge = (scope: TemplateScope): Record<string, string> => ({
    'user-agent': userAgent,
    accept: '*/*',
    ...lowerCaseNames(asRecord(defaults.fill(scope))),
    ...lowerCaseNames(asRecord(own.fill(scope))),
  })
  if (!defaults.constant || !own.constant) return merge
  const merged = merge({ vars: {}, functions: {} })
  return () => ({ ...merged })
}

/** Names of headers know no case; the last one wins. A header without a value is left out. */
function lowerCaseNames(headers: PlainRecord): Record<string, string> {
  const lowered: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && value !== null) lowered[name.toLowerCase()] = toText(value)
  return lowered
}

function cookieOf(params: PlainRecord, http: HttpSettings): PlainRecord | undefined {
  const own = params['cookie']
  if (!isRecord(own) && Object.keys(http.cookie).length === 0) return undefined
  return { ...http.cookie, ...asRecord(own) }
}

function prepareBody(
  params: PlainRecord,
  folder: string,
): (scope: TemplateScope) => EncodedBody | Promise<EncodedBody> {
  const { json, body, form, formData } = params
  if (json === undefined && body === undefined && form === undefined && formData === undefined) return () => noBody
  const compiled: CompiledValue = compileValue({ json, body, form, formData })
  if (compiled.constant && formData === undefined) {
    const encoded = encodeBody({ json, body, form, formData } as BodyParts, folder)
    return () => encoded
  }
  return (scope) => encodeBody(compiled.fill(scope) as BodyParts, folder)
}

const noBody: EncodedBody = { bytes: undefined, contentType: undefined }

function prepareAuth(params: PlainRecord): ((scope: TemplateScope) => string | undefined) | undefined {
  const { auth } = params
  if (!isRecord(auth)) return undefined
  const user = compileValue(auth['user'] ?? auth['username'])
  const pass = compileValue(auth['pass'] ?? auth['password'])
  return (scope) => {
    const pair = `${toText(user.fill(scope) ?? '')}:${toText(pass.fill(scope) ?? '')}`
    return `Basic ${Buffer.from(pair).toString('base64')}`
  }
}

/** W3C Trace Context: a recognisable prefix lets a tracing back end tell load from real users. */
function traceparent(tracing: NonNullable<HttpSettings['tracing']>): string {
  const traceId = tracing.prefix + randomHex(32 - tracing.prefix.length)
  return `00-${traceId}-${randomHex(16)}-${tracing.sampled ? '01' : '00'}`
}

function randomHex(length: number): string {
  let text = ''
  while (text.length < length)
    text += Math.floor(Math.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0')
  return text.slice(0, length)
}

function withQuery(url: string, query: unknown): string {
  if (query === undefined || query === null) return url
  const search = typeof query === 'string' ? query.replace(/^\?/, '') : encodeQuery(asRecord(query))
  if (search === '') return url
  const [address = '', hash] = url.split('#', 2)
  const joined = `${address}${address.includes('?') ? '&' : '?'}${search}`
  return hash === undefined ? joined : `${joined}#${hash}`
}

function encodeQuery(query: PlainRecord): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, toText(each))
  }
  return search.toString()
}
