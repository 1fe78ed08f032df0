import type { DriverReport, HostDriver, Invocation, InvocationPort, Outcome } from '@evenkeel/pool/engine'
import { noUsage } from '@evenkeel/pool/engine'
import { silentPort } from '@evenkeel/pool/host'
import { BundleStore } from './bundle-store.host.ts'
import { Execution } from './execution.host.ts'
import { guestScript } from './guest-script.host.ts'
import { prepareSource } from './prepare-source.host.ts'
import { RunningPlace } from './running-place.host.ts'
import { Shelf } from './shelf.host.ts'
import type { TenantIsolate } from './tenant-isolate.host.ts'

export interface IsolateHostConfig {
  /** Memory limit of isolates made ahead, in MiB. */
  readonly blankMemoryMb: number
  readonly blanks: number
  readonly maxIdle: number
  /** Folders with bundles and an index, readable for this process. */
  readonly bundleFolders: readonly string[]
}

const warmRuns = 2

/** How long a host may be idle before it gives tenants' heaps back, in milliseconds. */
const trimAfterMs = 30_000

/** Runs blocks in isolates of this process, one at a time. */
export class IsolateDriver implements HostDriver {
  readonly #shelf: Shelf
  readonly #memoryMb: number
  #trimming: NodeJS.Timeout | undefined
  readonly #place = new RunningPlace()
  readonly #catastrophes = new WeakMap<TenantIsolate, () => void>()

  constructor(config: IsolateHostConfig) {
    this.#memoryMb = config.blankMemoryMb
    this.#shelf = new Shelf({
      ...config,
      texts: { script: guestScript(), bundles: new BundleStore(config.bundleFolders) },
      onCatastrophe: (isolate) => this.#catastrophes.get(isolate)?.(),
    })
  }

  /** Runs a small block a few times, so that the first tenant does not pay for lazy compilation of the guest and of the host. */
  async warm(): Promise<void> {
    const limits = {
      wallMs: 1_000,
      cpuMs: 1_000,
      memoryMb: this.#memoryMb,
      outputBytes: 1_000,
      logBytes: 1_000,
      hostCalls: 0,
    }
    const program = {
      id: '',
      options: {},
      source: 'console.log(input); await new Promise((done) => setTimeout(done, 1)); return input',
    }
    for (let count = 0; count < warmRuns; count += 1) {
      await this.invoke(
        { id: 0, tenant: '', program, input: '{"warm":true}', context: '{}', limits, freshness: 'isolate' },
        silentPort,
      )
    }
    this.#shelf.clear()
    this.#shelf.resetMisses()
  }

  async invoke(invocation: Invocation, port: InvocationPort): Promise<Outcome> {
    clearTimeout(this.#trimming)
    if (!(await this.#place.takeUnless(port.signal))) return cancelled()
    try {
      return await this.#execute(invocation, port)
    } finally {
      this.#place.release()
    }
  }

  idle(): void {
    if (!this.#place.free) return
    if (this.#shelf.restock()) setImmediate(() => this.idle())
    else this.#trimLater()
  }

  /** Heaps of tenants that nobody asked for lately are given back; the blanks stay. */
  #trimLater(): void {
    clearTimeout(this.#trimming)
    if (this.#shelf.idleCount > 0) this.#trimming = setTimeout(() => this.#shelf.clear(), trimAfterMs)
  }

  report(): DriverReport {
    const { size, stocked, misses, heldMb } = this.#shelf
    return { isolates: size, stock: stocked, stockMisses: misses, heldMb }
  }

  async #execute(invocation: Invocation, port: InvocationPort): Promise<Outcome> {
    const prepared = prepareSource(invocation)
    if (typeof prepared !== 'string') return prepared
    const isolate = this.#shelf.take(invocation)
    this.#catastrophes.set(isolate, () => port.hung('memory'))
    const outcome = await new Execution({ invocation, source: prepared, isolate, port, place: this.#place }).run()
    const healthy = outcome.status !== 'ended' || outcome.reason === 'stalled'
    if (healthy && isolate.worthKeeping(outcome.usage.peakHeapBytes)) this.#shelf.putBack(isolate)
    else isolate.dispose()
    return outcome
  }
}

function cancelled(): Outcome {
  return { status: 'ended', reason: 'cancelled', detail: '', usage: noUsage }
}
