import type { IncomingMessage } from 'node:http'
import type { ServerError } from '../../errors/server-error.ts'
import { isForeignPage, isLocal, isLocalName, type Sender } from '../../tokens/local-program.ts'
import { RateLimiter } from '../../tokens/rate-limiter.ts'
import {
  failureRate,
  foreignPage,
  missingToken,
  publicWithoutTokens,
  throttled,
  wrongToken,
} from '../../tokens/refusals.ts'
import { hashOf, isSameHash, presentedSecret } from '../../tokens/secret.ts'

/** Paths that anybody who reaches the listener may ask: they tell whether the app is well, and nothing else. */
const openPaths: ReadonlySet<string> = new Set(['/live', '/ready'])

/** Throws `EK_PUBLIC_WITHOUT_TOKENS` when other machines can reach the address and there is no token. */
export function refusePublicAdmin(host: string, token: string | undefined): void {
  if (token !== undefined || isLocalName(host)) return
  throw publicWithoutTokens(host, 'Set EVENKEEL_ADMIN_TOKEN, pass --admin-token-file, or bind to 127.0.0.1')
}

/** Who may use the admin listener of an app: programs on this machine, and whoever has the token. */
export class AdminGuard {
  readonly #hash: Uint8Array | undefined
  readonly #failures: RateLimiter

  constructor(token: string | undefined, now: () => number = Date.now) {
    this.#hash = token === undefined ? undefined : hashOf(token)
    this.#failures = new RateLimiter(now)
  }

  /** Why a request for a path is refused, if it is. */
  refusalOf(request: IncomingMessage, path: string): ServerError | undefined {
    if (openPaths.has(path)) return undefined
    const secret = presentedSecret(request.headers)
    const sender = senderOf(request)
    if (secret === undefined) return refusalWithoutToken(sender)
    if (this.#hash !== undefined && isSameHash(hashOf(secret), this.#hash)) return undefined
    const waitMs = this.#failures.take(sender.ip, failureRate)
    return waitMs > 0 ? throttled(waitMs) : wrongToken()
  }
}

function refusalWithoutToken(sender: Sender): ServerError | undefined {
  if (!isLocal(sender)) return missingToken()
  return isForeignPage(sender) ? foreignPage() : undefined
}

/** No proxy is trusted here: the address is that of whoever connected. */
function senderOf({ headers, socket }: IncomingMessage): Sender {
  const { host = '' } = headers
  return { headers, host, hostname: host.replace(/:\d+$/, ''), ip: socket.remoteAddress ?? '', socket }
}
