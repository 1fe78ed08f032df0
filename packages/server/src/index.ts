/** The Evenkeel server as a library. */
export { serve } from './serve/serve.ts'
export type { RunningServer } from './serve/serve.ts'
export { buildSite } from './serve/build-site.ts'
export type { BuiltPages } from './serve/build-site.ts'
export { readConfigFile } from './config/file.ts'
export { resolveServerOptions } from './config/options.ts'
export type {
  AppsOptions,
  BlockLimits,
  BlocksOptions,
  EgressOptions,
  FunctionsOptions,
  HistoryOptions,
  MountedAppOptions,
  PagesOptions,
  ResolvedBlocksOptions,
  ResolvedServerOptions,
  ServerOptions,
} from './config/options.ts'
export { ServerError } from './errors/server-error.ts'
export type { ServerErrorOptions } from './errors/server-error.ts'
export { serverErrorCodes } from './errors/codes.ts'
export type { ServerErrorCode } from './errors/codes.ts'
export type { ErrorBody } from './errors/error-body.ts'
export { connectTokenAdmin, openTokenAdmin } from './tokens/token-admin.ts'
export type { TokenAdmin } from './tokens/token-admin.ts'
export type { NewToken, TokenView } from './tokens/token-service.ts'
export type { Quota, RateLimit, TokenLimits } from './tokens/token-limits.ts'
export { scopes } from './tokens/scopes.ts'
export type { Scope } from './tokens/scopes.ts'
