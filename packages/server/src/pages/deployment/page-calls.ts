import type { Limits, Program, RunRequest } from '@evenkeel/pool'
import type { PagesRuntime } from './runtime.ts'

export interface PageCall {
  /** An exported function of the bundle. */
  readonly name: string
  readonly input: { readonly route?: string }
  readonly wallMs: number
  readonly signal?: AbortSignal | undefined
}

export interface PageCallsOptions {
  readonly runtime: PagesRuntime
  readonly memoryMb: number
  readonly maxPageBytes: number
}

/** Calls of a build's functions, as the pool takes them. What is the same for each is made once. */
export class PageCalls {
  readonly #options: PageCallsOptions
  readonly #programs = new Map<string, Program>()
  readonly #limits = new Map<number, Limits>()

  constructor(options: PageCallsOptions) {
    this.#options = options
  }

  request({ name, input, wallMs, signal }: PageCall): RunRequest {
    const program = this.#program(name, input.route)
    const limits = this.#limitsFor(wallMs)
    const request = { tenant: 'pages', program, input: JSON.stringify(input), limits, freshness: 'reuse' } as const
    return signal === undefined ? request : { ...request, signal }
  }

  /** Each route is a program of its own for whoever counts: what it costs, and how slow it was. */
  #program(name: string, route: string | undefined): Program {
    const id = route === undefined ? name : `${name} ${route}`
    const program = this.#programs.get(id) ?? { ...this.#options.runtime.program(name), id }
    this.#programs.set(id, program)
    return program
  }

  /** Deadlines are those of the routes, so there are few. */
  #limitsFor(wallMs: number): Limits {
    const { memoryMb, maxPageBytes: outputBytes } = this.#options
    const limits = this.#limits.get(wallMs) ?? {
      wallMs,
      cpuMs: wallMs,
      memoryMb: Math.min(memoryMb, 128),
      outputBytes,
      logBytes: 0,
      hostCalls: 0,
    }
    this.#limits.set(wallMs, limits)
    return limits
  }
}
