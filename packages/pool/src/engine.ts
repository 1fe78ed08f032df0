/** The engine contract, for engine authors. Experimental until 1.0. */
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
export { readFlags, sourceFlags } from './util/host-flags.ts'
