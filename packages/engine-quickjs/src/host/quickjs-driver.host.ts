import { prepareSource } from '@evenkeel/engine-isolate/guest'
import type { DriverReport, HostDriver, Invocation, InvocationPort, Outcome } from '@evenkeel/pool/engine'
import { noUsage } from '@evenkeel/pool/engine'
import { QuickjsRun } from './quickjs-run.host.ts'
import { WorldFactory, type World } from './world.host.ts'

export interface QuickjsHostConfig {
  readonly blanks: number
  /** Memory limit of worlds made ahead, in MiB. */
  readonly blankMemoryMb: number
}

/** What a world is taken to weigh that used little: the pages of the interpreter and of the guest, in bytes. */
const touchedBytes = 3 * 1_048_576
const untouchedBytes = 16 * 1_048_576

/** Worlds that are gone may hold this much until they are collected, in bytes: V8 does not see what they weigh. */
const maxUncollectedBytes = 32 * 1_048_576

/** Runs blocks in QuickJS on the main thread of this process, each in a world of its own. */
export class QuickjsDriver implements HostDriver {
  readonly #factory: WorldFactory
  readonly #config: QuickjsHostConfig
  readonly #stock: World[] = []
  #live = 0
  #misses = 0
  #uncollectedBytes = 0
  #filling = false

  constructor(factory: WorldFactory, config: QuickjsHostConfig) {
    this.#factory = factory
    this.#config = config
  }

  static async boot(config: QuickjsHostConfig): Promise<QuickjsDriver> {
    const driver = new QuickjsDriver(await WorldFactory.load(), config)
    // The first worlds are slow: their machine code is still cold.
    await driver.#fill()
    return driver
  }

  async invoke(invocation: Invocation, port: InvocationPort): Promise<Outcome> {
    if (port.signal.aborted) return { status: 'ended', reason: 'cancelled', detail: '', usage: noUsage }
    const prepared = prepareSource(invocation)
    if (typeof prepared !== 'string') return prepared
    const { memoryMb } = invocation.limits
    const stocked = memoryMb === this.#config.blankMemoryMb ? this.#stock.pop() : undefined
    if (stocked === undefined) this.#misses += 1
    const startedAtMs = performance.now()
    const world = stocked ?? (await this.#factory.make(memoryMb))
    const initMs = performance.now() - startedAtMs
    this.#live += 1
    try {
      return await new QuickjsRun({
        invocation,
        source: prepared,
        world,
        port,
        stocked: stocked !== undefined,
        initMs,
      }).run()
    } finally {
      this.#live -= 1
      this.#letGo(world)
    }
  }

  idle(): void {
    if (!this.#filling) void this.#fill()
  }

  report(): DriverReport {
    return { isolates: this.#live + this.#stock.length, stock: this.#stock.length, stockMisses: this.#misses }
  }

  #letGo(world: World): void {
    this.#uncollectedBytes += world.bytes - untouchedBytes + touchedBytes
    world.dispose()
    if (this.#uncollectedBytes < maxUncollectedBytes) return
    this.#uncollectedBytes = 0
    // After the outcome has left.
    setImmediate(() => globalThis.gc?.())
  }

  /** One at a time, and what has arrived meanwhile goes first. */
  async #fill(): Promise<void> {
    this.#filling = true
    while (this.#stock.length < this.#config.blanks) {
      this.#stock.push(await this.#factory.make(this.#config.blankMemoryMb))
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#filling = false
  }
}
