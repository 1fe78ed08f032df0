import type { ResolvedServerOptions } from '../config/options.ts'
import { ServerError } from '../errors/server-error.ts'
import type { TokensStore } from '../storage/tokens-store.ts'

/** Throws `EK_PUBLIC_WITHOUT_TOKENS` when other machines can reach an address and nothing says who may use it. */
export async function refusePublicAddresses(
  { host, adminHost, anonymous }: ResolvedServerOptions,
  tokens: TokensStore,
): Promise<void> {
  const publicHost = isLocalName(host) || anonymous === 'everyone' ? undefined : host
  const exposed = isLocalName(adminHost) ? publicHost : adminHost
  if (exposed === undefined || (await tokens.countActive(Date.now())) > 0) return
  throw new ServerError(
    'EK_PUBLIC_WITHOUT_TOKENS',
    `the address "${exposed}" can be reached from other machines and no token is configured`,
    {
      hint: 'Create a token with "evenkeel token create", bind to 127.0.0.1, or pass --allow-anonymous if everybody who can reach the port may run code',
    },
  )
}

function isLocalName(host: string): boolean {
  return /^(127\.|localhost$|::1$|\[::1\]$)/.test(host)
}
