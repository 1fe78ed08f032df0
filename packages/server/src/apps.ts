/** Apps and pages in runtimes that accept connections themselves, without the rest of the server. */
export { runApp } from './serve/run-app.ts'
export { runPages } from './serve/run-pages.ts'
export type { RunningPages, RunPagesOptions } from './serve/run-pages.ts'
export type { AdminOptions, AppLog, RunAppOptions, TlsPaths } from './apps/direct/app-options.ts'
export type { RunningApp } from './apps/direct/running-app.ts'
export type { AppState, ReloadOutcome } from './apps/direct/direct-app.ts'
export type { AppLimits } from './apps/app-limits.ts'
export type {
  App,
  AppContext,
  BackgroundContext,
  ScheduledEvent,
  SocketData,
  SocketHooks,
  SocketMessage,
  SocketPeer,
  Upgrade,
} from './apps/app.ts'
