import type { RequestSample } from '../../measure/request-sample.ts'
import type { User } from '../user.ts'
import { UserFailure, UserStopped } from '../user-failure.ts'
import { addCookies, keepCookies, mayHaveCookies } from './cookies.ts'
import type { FilledRequest } from './prepare-request.ts'
import { maxRedirects, nextHop, type Hop } from './redirect.ts'
import type { WireAnswer, WireOutcome } from './transport.ts'

export interface SendOptions {
  readonly method: string
  readonly endpoint: string
  readonly keepBody: boolean
}

/**
 * Sends a request and follows its redirects; each hop is counted. Resolves with the last answer.
 * @throws UserFailure with the network's code, UserStopped when the run ends.
 */
export async function sendWithRedirects(
  user: User,
  filled: FilledRequest,
  options: SendOptions,
): Promise<{ readonly answer: WireAnswer; readonly url: string }> {
  const body = filled.body instanceof Promise ? await filled.body : filled.body
  const { headers } = filled
  if (body.contentType !== undefined) headers['content-type'] ??= body.contentType
  let hop: Hop = { url: addressOf(filled.url, user), method: options.method, headers, body: body.bytes }
  let { cookie } = filled
  for (let redirects = 0; ; redirects++) {
    if (mayHaveCookies(user, cookie)) await addCookies(user, hop.url.href, { headers: hop.headers, cookie })
    const answer = await sendHop(user, hop, { ...options, timeoutMs: filled.timeoutMs })
    if (answer.headers['set-cookie'] !== undefined) await keepCookies(user, hop.url.href, answer.headers)
    const next = filled.followRedirect ? nextHop(answer, hop) : undefined
    if (next === undefined) return { answer, url: hop.url.href }
    if (redirects >= maxRedirects)
      throw new UserFailure('ERR_TOO_MANY_REDIRECTS', `more than ${maxRedirects} redirects`)
    hop = next
    cookie = undefined
  }
}

const addresses = new Map<string, URL>()
const maxAddresses = 1000

/** URLs without templates are parsed once. */
function addressOf(url: string, user: User): URL {
  const { target } = user.environment.script
  const absolute = /^https?:\/\//i.test(url) ? url : joinTarget(target, url)
  const known = addresses.get(absolute)
  if (known !== undefined) return known
  if (!URL.canParse(absolute)) throw new UserFailure('ERR_INVALID_URL', `"${absolute}" is no URL`)
  const parsed = new URL(absolute)
  if (addresses.size >= maxAddresses) addresses.clear()
  addresses.set(absolute, parsed)
  return parsed
}

function joinTarget(target: string, url: string): string {
  if (target.endsWith('/') && url.startsWith('/')) return target + url.slice(1)
  return target + url
}

async function sendHop(
  user: User,
  hop: Hop,
  options: SendOptions & { readonly timeoutMs: number },
): Promise<WireAnswer> {
  const { recorder, clock, script } = user.environment
  const intendedMs = user.takeIntendedMs()
  recorder.requestSent(clock.nowMs())
  const outcome = await user.connections().send({
    origin: hop.url.origin,
    path: hop.url.pathname + hop.url.search,
    method: hop.method,
    headers: hop.headers,
    body: hop.body,
    timeoutMs: options.timeoutMs,
    firstByteTimeoutMs: script.http.firstByteTimeoutMs,
    keepBody: options.keepBody,
  })
  if (outcome.status === 'failed' && outcome.stopped) throw new UserStopped()
  const sample = sampleOf(outcome, { intendedMs, hop, endpoint: options.endpoint })
  if (outcome.status === 'answered') {
    recorder.request(sample)
    countApdex(user, sample)
    return outcome
  }
  if (isLocalFault(outcome.code)) user.environment.monitor?.recordPortError()
  recorder.request(sample, outcome)
  throw new UserFailure(outcome.code, `${hop.method} ${hop.url.origin}${hop.url.pathname}: ${outcome.message}`)
}

function isLocalFault(code: string): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOBUFS'
}

function sampleOf(
  outcome: WireOutcome,
  { intendedMs, hop, endpoint }: { readonly intendedMs: number; readonly hop: Hop; readonly endpoint: string },
): RequestSample {
  const { timing } = outcome
  return {
    endpoint,
    method: hop.method,
    intendedMs,
    sentMs: timing.sentMs,
    writtenMs: timing.writtenMs,
    firstByteMs: timing.firstByteMs,
    endMs: timing.endMs,
    statusCode: outcome.status === 'answered' ? outcome.statusCode : undefined,
    bytesSent: hop.body === undefined ? 0 : Buffer.byteLength(hop.body),
    bytesReceived: timing.bytesReceived,
    connection: timing.connection,
    failed: outcome.status === 'failed',
  }
}

/** Apdex (apdex.org): satisfied up to T, tolerated up to 4 T, frustrated above. */
function countApdex(user: User, sample: RequestSample): void {
  const { script, recorder } = user.environment
  const thresholdMs = script.plugins.apdexThresholdMs
  if (thresholdMs === undefined) return
  const totalMs = sample.endMs - sample.intendedMs
  const band = totalMs <= thresholdMs ? 'satisfied' : totalMs <= thresholdMs * 4 ? 'tolerated' : 'frustrated'
  recorder.counter(`apdex.${band}`, 1)
}
