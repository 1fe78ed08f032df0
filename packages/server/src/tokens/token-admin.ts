import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { ServerError } from '../errors/server-error.ts'
import type { ServerErrorCode } from '../errors/codes.ts'
import { openSqliteStorage } from '../storage/sqlite/sqlite-storage.ts'
import { scopes } from './scopes.ts'
import { tokenLimitsSchema } from './token-limits.ts'
import { TokenService, type NewToken, type TokenView } from './token-service.ts'

/** Creates, lists and revokes tokens, wherever they are kept. */
export interface TokenAdmin extends AsyncDisposable {
  create(token: NewToken): Promise<TokenView & { readonly token: string }>
  list(): Promise<readonly TokenView[]>
  revoke(id: string): Promise<TokenView>
}

const checks = Compile(Type.Object({ scopes: Type.Array(Type.Enum([...scopes])), limits: tokenLimitsSchema }))

/** On the store of a project, whether or not a server runs on it. Dispose of it to close the store. Throws `EK_STORAGE_OPEN`. */
export async function openTokenAdmin({ dataDir }: { readonly dataDir: string }): Promise<TokenAdmin> {
  const storage = await openSqliteStorage({ dataDir })
  const service = new TokenService({ storage })
  return {
    create: (token) => {
      const { scopes: asked = [], limits = {} } = token
      if (checks.Check({ scopes: asked, limits })) return service.create(token)
      const [problem] = checks.Errors({ scopes: asked, limits })
      const field = (problem?.instancePath ?? '').slice(1).replaceAll('/', '.')
      const expected = field.startsWith('scopes') ? `one of ${scopes.join(', ')}` : (problem?.message ?? 'valid')
      return Promise.reject(new ServerError('EK_REQUEST_INVALID', `the field "${field}" must be ${expected}`))
    },
    list: () => service.list(),
    revoke: (id) => service.revoke(id),
    [Symbol.asyncDispose]: () => storage.close(),
  }
}

/** Over the admin API of a server that runs. Calls reject with the error of the answer. */
export async function connectTokenAdmin(options: {
  readonly adminUrl: string
  readonly token?: string
}): Promise<TokenAdmin> {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`
    const url = `${options.adminUrl.replace(/\/+$/, '')}/admin/tokens${path}`
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await fetch(url, init).catch((cause: unknown) => {
      throw new ServerError('EK_UNAVAILABLE', `the admin address ${options.adminUrl} cannot be reached`, { cause })
    })
    const answer = (await response.json()) as { error?: { code: ServerErrorCode; message: string } }
    if (answer.error !== undefined) throw new ServerError(answer.error.code, answer.error.message)
    return answer
  }
  return {
    create: async ({ secret, expiresAtMs, ...rest }) => {
      const expiresAt = expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }
      const token = secret === undefined ? {} : { token: secret }
      return (await ask('POST', '', { ...rest, ...expiresAt, ...token })) as TokenView & { token: string }
    },
    list: async () => ((await ask('GET', '')) as { items: readonly TokenView[] }).items,
    revoke: async (id) => (await ask('DELETE', `/${encodeURIComponent(id)}`)) as TokenView,
    [Symbol.asyncDispose]: async () => undefined,
  }
}
