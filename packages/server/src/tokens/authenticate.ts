import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { ServerError } from '../errors/server-error.ts'
import type { App } from '../http/listener.ts'
import { anonymousTenant, type Caller } from './caller.ts'
import { RateLimiter } from './rate-limiter.ts'
import { scopes, strangerScopes, type Scope } from './scopes.ts'
import { presentedSecret } from './secret.ts'
import type { TokenDirectory } from './token-directory.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be allowed to do. A route without it is open. */
    scope?: Scope
  }
  interface FastifyRequest {
    /** Set on routes with a scope. */
    caller: Caller
  }
}

/** Who is served without a token: programs on this machine, everybody, or nobody. */
type AnonymousPolicy = 'loopback' | 'everyone' | 'nobody'

export interface AuthenticationOptions {
  readonly directory: TokenDirectory
  readonly anonymous: AnonymousPolicy
  readonly now?: () => number
}

/** Wrong tokens that one address may try; a right one is never slowed down. */
const failureRate = { runs: 60, windowMs: 60_000, burst: 30 }

const local: Caller = Object.freeze({ tenant: anonymousTenant, token: undefined, scopes: new Set(scopes) })
const stranger: Caller = Object.freeze({ tenant: anonymousTenant, token: undefined, scopes: new Set(strangerScopes) })

export interface AuthenticationRules {
  /** Of routes that name none. Default: they are open. */
  readonly defaultScope?: Scope
  /** Routes that are open all the same. */
  readonly open?: readonly string[]
}

/** Sets `request.caller` before the body is read, and refuses who may not do what the route needs. */
export function addAuthentication(app: App, authenticator: Authenticator, rules: AuthenticationRules = {}): void {
  // A field that is there from the start keeps the shape of requests equal.
  app.decorateRequest('caller', null as never)
  app.addHook('onRequest', async (request) => {
    const { url = '', config } = request.routeOptions
    const scope = config.scope ?? (rules.open?.includes(url) === true ? undefined : rules.defaultScope)
    if (scope === undefined) return
    const caller = await authenticator.callerOf(request)
    if (!caller.scopes.has(scope)) throw missingScope(caller, scope)
    request.caller = caller
  })
}

/** Says who sent a request. */
export class Authenticator {
  readonly #options: AuthenticationOptions
  readonly #failures: RateLimiter

  constructor(options: AuthenticationOptions) {
    this.#options = options
    this.#failures = new RateLimiter(options.now ?? Date.now)
  }

  /** Throws `EK_TOKEN_MISSING`, `EK_TOKEN_INVALID` or `EK_AUTH_THROTTLED`. */
  async callerOf(request: FastifyRequest): Promise<Caller> {
    const secret = presentedSecret(request.headers)
    if (secret === undefined) return this.#anonymous(request)
    const caller = await this.#options.directory.bySecret(secret)
    if (caller !== undefined) return caller
    const waitMs = this.#failures.take(request.ip, failureRate)
    if (waitMs > 0)
      throw new ServerError('EK_AUTH_THROTTLED', 'too many wrong tokens from this address', {
        status: 429,
        type: 'RateLimitError',
        retryAfterS: Math.ceil(waitMs / 1_000),
      })
    throw new ServerError('EK_TOKEN_INVALID', 'the token is unknown, expired or revoked', { status: 401 })
  }

  #anonymous(request: FastifyRequest): Caller {
    const { anonymous } = this.#options
    const isLocalProgram = anonymous !== 'nobody' && isLocal(request)
    if (isLocalProgram && !isForeignPage(request)) return local
    if (anonymous === 'everyone') return stranger
    if (isLocalProgram) throw foreignPage()
    throw new ServerError('EK_TOKEN_MISSING', 'this needs a token, and the request has none', {
      status: 401,
      hint: 'Send it as "Authorization: Bearer <token>"',
    })
  }
}

/** A request that a proxy passed on is not local, even if the proxy is: only a trusted proxy can say where it came from. */
function isLocal(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined
  if (forwarded && request.ip === request.socket.remoteAddress) return false
  return isLoopback(request.ip)
}

/**
 * A browser on this machine sends what any page tells it to, from the loopback address. Such a request has the name that the page's
 * author chose for this machine in `Host` (DNS rebinding), or another origin than ours (https://www.w3.org/TR/fetch-metadata/).
 */
function isForeignPage({ headers, hostname, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (headers.origin !== undefined && headers.origin !== `http://${host}` && headers.origin !== `https://${host}`)
    return true
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return !(name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0)
}

function foreignPage(): ServerError {
  return new ServerError('EK_FOREIGN_PAGE', 'a page of another origin may not act as a program of this machine', {
    status: 403,
    hint: 'Send a token, or use the address localhost or 127.0.0.1',
  })
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

export function missingScope(caller: Caller, scope: Scope): ServerError {
  const who = caller.token === undefined ? 'callers without a token' : 'the token'
  return new ServerError('EK_TOKEN_SCOPE', `${who} may not do this: the scope "${scope}" is missing`, { status: 403 })
}
