import type { Invocation } from '@evenkeel/pool/engine'
import { TenantIsolate, type IsolateTexts } from './tenant-isolate.host.ts'

export interface ShelfOptions {
  /** Idle isolates that belong to tenants. */
  readonly maxIdle: number
  /** Isolates made ahead, each with a context, that belong to nobody yet. */
  readonly blanks: number
  /** Memory limit of the blanks, in MiB. */
  readonly blankMemoryMb: number
  readonly texts: IsolateTexts
  onCatastrophe(isolate: TenantIsolate): void
}

/** Idle isolates. What one tenant has used is given to that tenant only, or thrown away. */
export class Shelf {
  readonly #options: ShelfOptions
  /** Least recently used first. */
  readonly #idle = new Set<TenantIsolate>()
  readonly #blanks: TenantIsolate[] = []
  #misses = 0

  constructor(options: ShelfOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#idle.size + this.#blanks.length
  }

  /** Memory of all, in MiB. */
  get heldMb(): number {
    return [...this.#idle, ...this.#blanks].reduce((sum, isolate) => sum + isolate.residentBytes(), 0) / 1_048_576
  }

  /** Those that belong to tenants. */
  get idleCount(): number {
    return this.#idle.size
  }

  get stocked(): number {
    return [...this.#idle, ...this.#blanks].filter((isolate) => isolate.stocked).length
  }

  /** Executions that had to make their own isolate or context. */
  get misses(): number {
    return this.#misses
  }

  /** An isolate for this tenant alone. Put it back or dispose of it. */
  take({ tenant, limits, freshness, program }: Invocation): TenantIsolate {
    const { memoryMb } = limits
    const programId = freshness === 'reuse' ? program.id : undefined
    const own = freshness === 'isolate' ? undefined : this.#takeIdle(tenant, memoryMb, programId)
    const isolate = own ?? this.#takeBlank(memoryMb) ?? this.#make(memoryMb)
    const reused = programId !== undefined && isolate.hasReusable(programId)
    if (!isolate.stocked && !reused) this.#misses += 1
    isolate.tenant = tenant
    return isolate
  }

  putBack(isolate: TenantIsolate): void {
    this.#idle.add(isolate)
    for (const oldest of this.#idle) {
      if (this.#idle.size <= this.#options.maxIdle) break
      this.#idle.delete(oldest)
      oldest.dispose()
    }
  }

  /** Forgets what has been used. */
  clear(): void {
    for (const isolate of this.#idle) isolate.dispose()
    this.#idle.clear()
  }

  resetMisses(): void {
    this.#misses = 0
  }

  /** Makes one thing ahead; says whether there may be more to make. */
  restock(): boolean {
    if (this.#blanks.length < this.#options.blanks) {
      const isolate = this.#make(this.#options.blankMemoryMb)
      isolate.stock()
      this.#blanks.push(isolate)
      return true
    }
    const bare = [...this.#idle].findLast((isolate) => !isolate.stocked)
    bare?.stock()
    return bare !== undefined
  }

  /** One in which the program ran before is best. */
  #takeIdle(tenant: string, memoryMb: number, programId: string | undefined): TenantIsolate | undefined {
    const mine = [...this.#idle].filter((isolate) => isolate.tenant === tenant && isolate.memoryMb === memoryMb)
    const warm = programId === undefined ? undefined : mine.findLast((isolate) => isolate.hasReusable(programId))
    const own = warm ?? mine.at(-1)
    if (own !== undefined) this.#idle.delete(own)
    return own
  }

  #takeBlank(memoryMb: number): TenantIsolate | undefined {
    return memoryMb === this.#options.blankMemoryMb ? this.#blanks.pop() : undefined
  }

  #make(memoryMb: number): TenantIsolate {
    const isolate: TenantIsolate = new TenantIsolate(memoryMb, this.#options.texts, () =>
      this.#options.onCatastrophe(isolate),
    )
    return isolate
  }
}
