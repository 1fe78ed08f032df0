import ivm from 'isolated-vm'
import { BundleScripts } from './bundle-scripts.host.ts'
import type { BundleStore } from './bundle-store.host.ts'
import { GuestContext } from './guest-context.host.ts'

/** Contexts made in one isolate before it is replaced: what they leave behind in the heap does not add up for ever. */
const maxContexts = 500

/** Contexts kept for programs that reuse theirs, in one isolate. */
const maxReused = 16

/** Short runs in a row of which one is measured, when each finds the world of the one before. */
const measuredEvery = 8

/** What a run can leave in the heap unmeasured is what it can make in this time. */
const shortRunCpuMs = 1

/** Share of the memory limit that may be in use between executions; above it a new isolate costs less than a collection. */
const maxIdleHeapShare = 0.5

/** Our own code, as text. */
export interface IsolateTexts {
  /** Prepares a context. */
  readonly script: string
  readonly bundles: BundleStore
}

/**
 * One V8 heap. It belongs to the first tenant that uses it, runs one execution at a time, and is thrown away after anything unusual:
 * a heap costs a millisecond, a doubt about a heap costs more.
 */
export class TenantIsolate {
  readonly memoryMb: number
  tenant: string | undefined
  readonly #isolate: ivm.Isolate
  readonly #script: ivm.Script
  readonly #bundles: BundleScripts
  #stock: GuestContext | undefined
  #contexts = 0
  #heapBytes = 0
  #unmeasuredRuns = measuredEvery
  /** By program, least recently used first. */
  readonly #reused = new Map<string, GuestContext>()

  constructor(memoryMb: number, { script, bundles }: IsolateTexts, onCatastrophe: () => void) {
    this.memoryMb = memoryMb
    this.#isolate = new ivm.Isolate({ memoryLimit: memoryMb, onCatastrophicError: onCatastrophe })
    this.#script = this.#isolate.compileScriptSync(script, { filename: 'evenkeel:guest' })
    this.#bundles = new BundleScripts(this.#isolate, bundles)
  }

  get stocked(): boolean {
    return this.#stock !== undefined
  }

  get used(): boolean {
    return this.#contexts > 0
  }

  /** References into the heap that are not released. */
  get handles(): number {
    return this.#isolate.referenceCount
  }

  /** Makes a context ahead. */
  stock(): void {
    this.#stock ??= new GuestContext(this.#isolate, this.#script, this.#bundles)
  }

  takeContext(): GuestContext {
    const context = this.#stock ?? new GuestContext(this.#isolate, this.#script, this.#bundles)
    this.#stock = undefined
    this.#contexts += 1
    return context
  }

  hasReusable(programId: string): boolean {
    return this.#reused.has(programId)
  }

  /** The context in which this program ran before; whoever takes it gives it back or releases it. */
  takeReusable(programId: string): GuestContext | undefined {
    const context = this.#reused.get(programId)
    this.#reused.delete(programId)
    return context
  }

  keepReusable(programId: string, context: GuestContext): void {
    this.#reused.set(programId, context)
    if (this.#reused.size <= maxReused) return
    const [oldest] = this.#reused
    if (oldest === undefined) return
    this.#reused.delete(oldest[0])
    oldest[1].release()
  }

  /** Compiles without running, to learn where a syntax error is. */
  async compile(source: string, filename: string, columnOffset: number): Promise<void> {
    const script = await this.#isolate.compileScript(source, { filename, columnOffset })
    script.release()
  }

  /** Compiles a module; it must be instantiated in one of this isolate's contexts. */
  compileModule(source: string, filename: string, lineOffset: number = 0): Promise<ivm.Module> {
    return this.#isolate.compileModule(source, { filename, lineOffset })
  }

  get disposed(): boolean {
    return this.#isolate.isDisposed
  }

  /** Heap in use, buffers included, in bytes. */
  heapBytes(): number {
    if (this.#isolate.isDisposed) return 0
    const { used_heap_size: heap, externally_allocated_size: external } = this.#isolate.getHeapStatisticsSync()
    this.#heapBytes = heap + external
    this.#unmeasuredRuns = 0
    return this.#heapBytes
  }

  /** Heap in use after a run in a context that is kept. Looking moves the heap to this thread, which costs a short run a third of its time. */
  heapBytesAfter(cpuMs: number): number {
    this.#unmeasuredRuns += 1
    const measure = cpuMs >= shortRunCpuMs || this.#unmeasuredRuns >= measuredEvery
    return measure ? this.heapBytes() : this.#heapBytes
  }

  /** Memory that the heap takes from the system, buffers included, in bytes. */
  residentBytes(): number {
    if (this.#isolate.isDisposed) return 0
    const {
      total_heap_size: heap,
      externally_allocated_size: external,
      malloced_memory: own,
    } = this.#isolate.getHeapStatisticsSync()
    return heap + external + own
  }

  /** Whether it may serve its tenant again. */
  worthKeeping(heapBytes: number): boolean {
    return (
      !this.#isolate.isDisposed &&
      this.#contexts < maxContexts &&
      heapBytes < this.memoryMb * 1_048_576 * maxIdleHeapShare
    )
  }

  /** Ends whatever runs in it, unless that is inside a builtin that V8 cannot interrupt. Idempotent. */
  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose()
  }
}
