import type { Engine, Program } from '@evenkeel/pool'
import type { ProgramOptions } from '../render/messages.ts'

/** What an engine for pages is asked for. Whoever puts the server together picks the engine. */
export interface PagesEngineOptions {
  readonly name: string
  /** The server bundle. */
  readonly module: string
  readonly options: ProgramOptions
  /** Renders at one time in one host. */
  readonly concurrency: number
  /** Resident memory of a host, in MiB. */
  readonly residentMb: number
  readonly env: Readonly<Record<string, string>>
}

export interface PagesRuntime {
  engine(options: PagesEngineOptions): Engine
  /** An exported function of the bundle. */
  program(exported: string): Program
}
