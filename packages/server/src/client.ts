/** A typed client of the server's HTTP API. Works wherever `fetch` does, and loads nothing of the server. */
export { createClient } from './client/client.ts'
export type { CallOptions, Client, ClientOptions } from './client/client.ts'
export { ClientError } from './client/client-error.ts'
export type { PageCalls, PropsOf, RenderedPage, RenderOptions, StreamedPage } from './client/pages.ts'
export type {
  AsyncStarted,
  Deployment,
  Execution,
  ExecutionFilter,
  FunctionDetails,
  FunctionInput,
  FunctionSummary,
  FunctionVersion,
  InvokeOptions,
  Limits,
  LogLine,
  Page,
  RemoteError,
  RunAnswer,
  RunRequest,
  Schedule,
  ScheduleInput,
  Usage,
} from './client/types.ts'
