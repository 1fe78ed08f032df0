/** The runtime pool: programs in killable host processes, with hard limits. */
export { createPool, Pool } from './pool/pool.ts'
export type { HostStats, PoolStats } from './pool/pool-stats.ts'
export type { HostMoment, PoolMoment, SlowRun } from './pool/tail-recorder.ts'
export type { RecycleOptions } from './pool/recycler.ts'
export { poolChannels } from './telemetry/channels.ts'
export type { KillEvent, RecycleEvent, RunEvent, SupervisorLostEvent } from './telemetry/channels.ts'
export type { HostEnd, HostOutput } from './pool/fleet-options.ts'
export type { PoolOptions, ResolvedPoolOptions } from './pool/options.ts'
export type { Refusal, RefusalReason, RefusedReport, RunReport, RunRequest, Timeline } from './pool/report.ts'
export type { AnsweredRun, OpenedRun, OpenRequest, StreamBody, UnansweredRun } from './pool/stream-run.ts'
export { PoolError } from './errors/pool-error.ts'
export { poolErrorCodes } from './errors/codes.ts'
export type { PoolErrorCode } from './errors/codes.ts'
export type { DriverReport, LoopReport } from './contract/driver-report.ts'
export type {
  Engine,
  HostCall,
  HostDriver,
  HostLaunch,
  HostReply,
  Invocation,
  InvocationPort,
  Program,
} from './contract/engine.ts'
export type { AnswerOptions, InvocationStreams, StreamItem, StreamWriter } from './contract/streams.ts'
export type { Freshness, HostLimits, Limits } from './contract/limits.ts'
export { noUsage } from './contract/outcome.ts'
export type { EndReason, LogEntry, Outcome, ProgramError, Usage, Warning } from './contract/outcome.ts'
/** For whoever places work in hosts by rules of its own. */
export { HostPriority } from './supervisor/priority.ts'
