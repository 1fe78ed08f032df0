import type { PlainRecord } from '../util/records.ts'
import type { ProcessorFunction } from './processor.ts'

/** A processor function by name, or itself in a script that is a program. */
export type HookReference = string | ProcessorFunction

export interface Scenario {
  readonly name: string
  readonly weight: number
  readonly engine: 'http' | 'ws'
  readonly variables: PlainRecord
  readonly beforeScenario: readonly HookReference[]
  readonly afterScenario: readonly HookReference[]
  readonly beforeRequest: readonly HookReference[]
  readonly afterResponse: readonly HookReference[]
  readonly onError: readonly HookReference[]
  readonly flow: readonly Step[]
}

interface StepBase {
  /** `script.yml:12`, for messages. */
  readonly place: string
  readonly ifTrue: string | undefined
  /** 0 to 100. */
  readonly probability: number | string | undefined
}

export type Step = RequestStep | ThinkStep | LogStep | FunctionStep | LoopStep | ParallelStep | ConnectStep | SendStep

export interface RequestStep extends StepBase {
  readonly kind: 'request'
  /** Upper case. */
  readonly method: string
  /** The step's options as written: hooks see and change a copy of them. */
  readonly params: PlainRecord
}

export interface ThinkStep extends StepBase {
  readonly kind: 'think'
  readonly duration: unknown
  readonly jitter: unknown
}

export interface LogStep extends StepBase {
  readonly kind: 'log'
  readonly text: unknown
}

export interface FunctionStep extends StepBase {
  readonly kind: 'function'
  readonly hook: HookReference
}

export interface LoopStep extends StepBase {
  readonly kind: 'loop'
  readonly steps: readonly Step[]
  readonly count: unknown
  readonly over: unknown
  readonly whileTrue: HookReference | undefined
  readonly loopValue: string
  readonly loopElement: string
}

export interface ParallelStep extends StepBase {
  readonly kind: 'parallel'
  readonly steps: readonly Step[]
  readonly limit: number
}

/** The first step of a WebSocket scenario may say where and how to connect. */
interface ConnectStep extends StepBase {
  readonly kind: 'connect'
  readonly connect: unknown
}

/** Sends a message, waits for one that fits the captures and matches, or both. */
export interface SendStep extends StepBase {
  readonly kind: 'send'
  readonly payload: unknown
  readonly capture: readonly PlainRecord[]
  readonly match: readonly PlainRecord[]
  readonly timeout: unknown
  readonly name: string
}
