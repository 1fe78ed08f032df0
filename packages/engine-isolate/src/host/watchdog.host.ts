import type { InvocationPort, Limits } from '@evenkeel/pool/engine'
import type { TenantIsolate } from './tenant-isolate.host.ts'

/** From the wall limit to the disposal of the isolate, and from there to the call for a kill, in milliseconds. */
const disposeAfterMs = 40
const hungAfterMs = 40

/**
 * Processor time that a heap which was disposed of needs to notice it, in milliseconds, with a margin. One that did not get as much on a
 * busy machine is not hung; the supervisor's kill is the end of its patience.
 */
const noticingCpuMs = 10

/** How often processor time is compared with its limit once it may have been reached, in milliseconds. */
const cpuCheckMs = 10

/** Between the clock of the isolate's timeout and ours, in milliseconds. */
const clockToleranceMs = 1

export interface WatchdogParts {
  readonly limits: Limits
  readonly startedAtMs: number
  readonly isolate: TenantIsolate
  readonly port: InvocationPort
}

/**
 * The part of the kill ladder that is inside the host. The isolate's own timeout ends ordinary loops at the wall limit; what survives
 * it is disposed of, and what survives that is reported as hung, so that the supervisor kills the process.
 *
 * Processor time is that of the whole process, because the isolate's own clock shows wall time; one program runs at a time, so the
 * difference is its own.
 */
export class Watchdog {
  readonly #parts: WatchdogParts
  #cpuBeforeMs = 0
  #cpuAtStopMs = 0
  #entryCpu: NodeJS.CpuUsage | undefined
  #reason: 'wall' | 'cpu' | 'cancelled' | undefined

  constructor(parts: WatchdogParts) {
    this.#parts = parts
  }

  /** Why this watchdog ended the program, if it did. */
  get reason(): 'wall' | 'cpu' | 'cancelled' | undefined {
    return this.#reason
  }

  /** The isolate is gone, or its time is: what an entry rejects with then is no error of the program. */
  get ended(): boolean {
    return this.#reason !== undefined || this.#parts.isolate.disposed
  }

  get cpuMs(): number {
    return this.#cpuBeforeMs + this.#entryCpuMs()
  }

  wallLeftMs(): number {
    return this.#parts.startedAtMs + this.#parts.limits.wallMs - performance.now()
  }

  /** Runs one entry into the guest under all limits. Rejects when the entry was ended. */
  async watch<T>(enter: (timeoutMs: number) => Promise<T>): Promise<T> {
    const { signal } = this.#parts.port
    this.#entryCpu = process.cpuUsage()
    const cancel = (): void => this.#stop('cancelled')
    signal.addEventListener('abort', cancel, { once: true })
    const check = (): void => {
      this.#check()
      timer = setTimeout(check, this.#nextCheckMs(this.cpuMs))
    }
    let timer = setTimeout(check, this.#nextCheckMs(this.#cpuBeforeMs))
    try {
      return await enter(this.wallLeftMs())
    } catch (error) {
      // The isolate's own timeout says so in words, and so could an error of the program: the clock decides.
      if (this.wallLeftMs() <= clockToleranceMs) this.#reason ??= 'wall'
      throw error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
      this.#cpuBeforeMs += this.#entryCpuMs()
      this.#entryCpu = undefined
    }
  }

  #nextCheckMs(cpuMs: number): number {
    if (this.#reason !== undefined) return hungAfterMs
    const wallLeftMs = this.wallLeftMs() + disposeAfterMs
    return Math.max(cpuCheckMs, this.#limitsCpu() ? Math.min(this.#parts.limits.cpuMs - cpuMs, wallLeftMs) : wallLeftMs)
  }

  #check(): void {
    if (this.#reason !== undefined) {
      if (this.cpuMs - this.#cpuAtStopMs >= noticingCpuMs)
        this.#parts.port.hung(this.#reason === 'cpu' ? 'cpu' : 'wall')
      return
    }
    if (this.#limitsCpu() && this.cpuMs >= this.#parts.limits.cpuMs) return this.#stop('cpu')
    if (this.wallLeftMs() <= -disposeAfterMs) this.#stop('wall')
  }

  /** A limit of the whole wall time or more says nothing of its own; collector threads must not make it act first. */
  #limitsCpu(): boolean {
    return this.#parts.limits.cpuMs < this.#parts.limits.wallMs
  }

  #stop(reason: 'wall' | 'cpu' | 'cancelled'): void {
    this.#reason ??= reason
    this.#cpuAtStopMs = this.cpuMs
    this.#parts.isolate.dispose()
  }

  #entryCpuMs(): number {
    if (this.#entryCpu === undefined) return 0
    const { user, system } = process.cpuUsage(this.#entryCpu)
    return (user + system) / 1_000
  }
}
