import type { ResolvedServerOptions } from '../config/options.ts'
import type { TokensStore } from '../storage/tokens-store.ts'
import { isLocalName } from './local-program.ts'
import { publicWithoutTokens } from './refusals.ts'

/** Throws `EK_PUBLIC_WITHOUT_TOKENS` when other machines can reach an address and nothing says who may use it. */
export async function refusePublicAddresses(
  { host, adminHost, anonymous }: ResolvedServerOptions,
  tokens: TokensStore,
): Promise<void> {
  const publicHost = isLocalName(host) || anonymous === 'everyone' ? undefined : host
  const exposed = isLocalName(adminHost) ? publicHost : adminHost
  if (exposed === undefined || (await tokens.countActive(Date.now())) > 0) return
  throw publicWithoutTokens(
    exposed,
    'Create a token with "evenkeel token create", bind to 127.0.0.1, or pass --allow-anonymous if everybody who can reach the port may run code',
  )
}
