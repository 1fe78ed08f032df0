import type { FastifyRequest } from 'fastify'
import { ServerError } from '../errors/server-error.ts'
import type { App } from '../http/listener.ts'
import { anonymousTenant, type Caller } from './caller.ts'
import { isForeignPage, isLocal } from './local-program.ts'
import { RateLimiter } from './rate-limiter.ts'
import { failureRate, foreignPage, missingToken, throttled, wrongToken } from './refusals.ts'
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
  // With a callback, so that requests for open routes need no promise.
  app.addHook('onRequest', (request, _reply, done) => {
    const { url = '', config } = request.routeOptions
    const scope = config.scope ?? (rules.open?.includes(url) === true ? undefined : rules.defaultScope)
    if (scope === undefined) return done()
    void authorize(request, authenticator, scope, done)
  })
}

async function authorize(
  request: FastifyRequest,
  authenticator: Authenticator,
  scope: Scope,
  done: (error?: Error) => void,
): Promise<void> {
  try {
    const caller = await authenticator.callerOf(request)
    if (!caller.scopes.has(scope)) throw missingScope(caller, scope)
    request.caller = caller
  } catch (error) {
    return done(error as Error)
  }
  done()
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
    throw waitMs > 0 ? throttled(waitMs) : wrongToken()
  }

  #anonymous(request: FastifyRequest): Caller {
    const { anonymous } = this.#options
    const isLocalProgram = anonymous !== 'nobody' && isLocal(request)
    if (isLocalProgram && !isForeignPage(request)) return local
    if (anonymous === 'everyone') return stranger
    if (isLocalProgram) throw foreignPage()
    throw missingToken()
  }
}

export function missingScope(caller: Caller, scope: Scope): ServerError {
  const who = caller.token === undefined ? 'callers without a token' : 'the token'
  return new ServerError('EK_TOKEN_SCOPE', `${who} may not do this: the scope "${scope}" is missing`, { status: 403 })
}
