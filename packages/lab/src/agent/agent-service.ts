import { hostname } from 'node:os'
import { LabError, isLabError, messageOf } from '../errors/lab-error.ts'
import { labVersion } from '../util/lab-version.ts'
import { AgentRun } from './agent-run.ts'
import {
  agentMethods,
  partLength,
  protocolVersion,
  type AgentCalls,
  type AgentInfo,
  type CallAnswer,
  type CallRequest,
} from './protocol.ts'

export interface AgentServiceOptions {
  /** Threads to send with. */
  readonly workers: number
  /** A coordinator that is silent for this long is gone, and its run is stopped. Default 15 s. */
  readonly leaseMs?: number
  readonly onLog?: (text: string) => void
}

type Handlers = {
  readonly [Method in keyof AgentCalls]: (
    params: AgentCalls[Method]['params'],
  ) => AgentCalls[Method]['value'] | Promise<AgentCalls[Method]['value']>
}

/** One agent, whatever carries its calls. It sends for one coordinator at a time. */
export class AgentService implements AsyncDisposable {
  readonly #options: AgentServiceOptions
  readonly #lease: NodeJS.Timeout
  #run: AgentRun | undefined
  #heardAt = performance.now()

  constructor(options: AgentServiceOptions) {
    this.#options = options
    const leaseMs = options.leaseMs ?? 15_000
    this.#lease = setInterval(
      () => {
        if (this.#run !== undefined && performance.now() - this.#heardAt > leaseMs)
          void this.#forget('the coordinator is gone')
      },
      Math.min(1000, leaseMs / 3),
    )
  }

  /** Answers one call. Never rejects. */
  async answer(request: unknown): Promise<CallAnswer> {
    try {
      return { ok: true, value: await this.#handle(request) }
    } catch (error) {
      const code = isLabError(error) ? error.code : 'EK_LAB_AGENT'
      return { ok: false, error: { code, message: messageOf(error) } }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#lease)
    await this.#forget('the agent was stopped')
  }

  #handle(request: unknown): unknown {
    const { method, params } = (request ?? {}) as Partial<CallRequest>
    if (typeof method !== 'string' || !agentMethods.includes(method))
      throw new LabError('EK_LAB_AGENT', `An agent knows no call "${String(method)}"`)
    if (method !== 'info') this.#heardAt = performance.now()
    const handler = this.#handlers[method] as (params: unknown) => unknown
    return handler(params ?? {})
  }

  readonly #handlers: Handlers = {
    info: () => this.#info(),
    begin: ({ run }) => {
      if (this.#run !== undefined)
        throw new LabError('EK_LAB_AGENT', `The agent on ${hostname()} is taken by another run`)
      this.#options.onLog?.(`run ${run} begins`)
      this.#run = new AgentRun(run, this.#options.workers)
      return null
    },
    upload: ({ run, text }) => this.#of(run).upload(text),
    prepare: ({ run }) => this.#of(run).prepare(),
    start: ({ run, atEpochMs }) => this.#of(run).start(atEpochMs),
    poll: ({ run }) => this.#of(run).poll(),
    result: ({ run, offset }) => {
      const text = this.#of(run).resultText()
      return { text: text.slice(offset, offset + partLength), length: text.length }
    },
    stop: ({ run, reason }) => this.#of(run).stop(reason),
    end: async ({ run }) => {
      this.#of(run)
      await this.#forget('the run is over')
      return null
    },
  }

  #info(): AgentInfo {
    return {
      protocol: protocolVersion,
      hostname: hostname(),
      labVersion: labVersion(),
      workers: this.#options.workers,
      state: this.#run?.state ?? 'idle',
      epochMs: Date.now(),
    }
  }

  #of(run: string): AgentRun {
    if (this.#run?.id === run) return this.#run
    throw new LabError('EK_LAB_AGENT_RUN', `The agent on ${hostname()} does not have the run "${run}"`)
  }

  async #forget(reason: string): Promise<void> {
    const run = this.#run
    this.#run = undefined
    if (run === undefined) return
    this.#options.onLog?.(`run ${run.id} ends: ${reason}`)
    await run[Symbol.asyncDispose]()
  }
}
