import type { LoadProgress } from '../load/load-progress.ts'
import type { LoadScriptOptions } from '../script/load-script.ts'
import type { PlainRecord } from '../util/records.ts'
import type { ScriptBundle } from './script-bundle.ts'

/** Raised by one when agents and coordinators of two versions would misunderstand each other. */
export const protocolVersion = 1

/** Largest text of one call or answer: a NATS server takes 1 MiB in a message, and JSON escaping adds to it. */
export const partLength: number = 256 * 1024

/** The share of a run that one agent is to send. */
export interface AgentJob {
  readonly bundle: ScriptBundle
  readonly scriptOptions: LoadScriptOptions
  readonly name: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly beforeVars: PlainRecord
  /** The agent's workers take the shares `firstShare`, `firstShare + 1`, … of `shareCount`. */
  readonly firstShare: number
  readonly shareCount: number
}

export interface AgentInfo {
  readonly protocol: number
  readonly hostname: string
  readonly labVersion: string
  /** Threads that it sends with. */
  readonly workers: number
  readonly state: AgentState
  readonly epochMs: number
}

/** `preparing`: a coordinator has it, nothing is sent yet. `done`: the result waits to be fetched. */
export type AgentState = 'idle' | 'preparing' | 'ready' | 'running' | 'done' | 'failed'

export interface AgentPoll {
  readonly state: AgentState
  readonly progress: readonly LoadProgress[]
  readonly logs: readonly string[]
  readonly error?: WireError
}

export interface WireError {
  readonly code: string
  readonly message: string
}

/** What an agent can be asked, with parameters and answer. Every call but `info` and `begin` names the run. */
export interface AgentCalls {
  info: { readonly params: Record<never, never>; readonly value: AgentInfo }
  /** Takes the agent for a run; refused while it has another. */
  begin: { readonly params: { readonly run: string }; readonly value: null }
  /** One part of the job's JSON text, in order. */
  upload: { readonly params: { readonly run: string; readonly text: string }; readonly value: null }
  /** Loads the script in every worker. */
  prepare: { readonly params: { readonly run: string }; readonly value: null }
  start: { readonly params: { readonly run: string; readonly atEpochMs: number }; readonly value: null }
  poll: { readonly params: { readonly run: string }; readonly value: AgentPoll }
  /** One part of the result's JSON text. */
  result: {
    readonly params: { readonly run: string; readonly offset: number }
    readonly value: { readonly text: string; readonly length: number }
  }
  stop: { readonly params: { readonly run: string; readonly reason: string }; readonly value: null }
  /** Gives the agent back. */
  end: { readonly params: { readonly run: string }; readonly value: null }
}

export type AgentMethod = keyof AgentCalls

export const agentMethods: readonly string[] = [
  'info',
  'begin',
  'upload',
  'prepare',
  'start',
  'poll',
  'result',
  'stop',
  'end',
] satisfies readonly AgentMethod[]

export interface CallRequest {
  readonly method: AgentMethod
  readonly params: unknown
}

export type CallAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: WireError }

/** A coordinator's way to one agent. */
export interface AgentLink extends AsyncDisposable {
  /** For people: its address. */
  readonly name: string
  /** @throws LabError `EK_LAB_AGENT` when it cannot be reached; the agent's own error otherwise. */
  call<Method extends AgentMethod>(
    method: Method,
    params: AgentCalls[Method]['params'],
  ): Promise<AgentCalls[Method]['value']>
}
