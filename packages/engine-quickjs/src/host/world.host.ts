import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import variant from '@jitl/quickjs-ng-wasmfile-release-sync'
import { guestScript } from '@evenkeel/engine-isolate/guest'
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core'

/** What the guest tells while it runs. */
export interface WorldDoors {
  emitLog(level: string, message: string): void
}

/** What the guest says of itself after an entry. Everything from a guest is hostile input: it is checked before use. */
export interface WorldReading {
  readonly status: 'pending' | 'done' | 'failed'
  readonly timers: number
  /** Until the next timer, in milliseconds; null when there is none. */
  readonly wakeInMs: number | null
  readonly settled: string
}

/** Why an entry came to no end of its own. */
export type EntryFailure = 'interrupted' | 'memory' | 'stack'

/** The package declares the types of its CommonJS build for both of its builds. */
const quickjs = variant as unknown as QuickJSSyncVariant

interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** Node's types leave it to the types of browsers. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    compile(bytes: Uint8Array): Promise<object>
    readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory
  }
}

const pageBytes = 65_536

/** The build asks for this much at least. */
const initialPages = 256

/** The interpreter's own data and stack, beside what a program may use, in MiB. */
const ownMb = 4

/** The allocator grows the memory in steps of a fifth. */
const fullShare = 0.8

/** The interpreter's own stack, within what the thread has below it. */
const stackBytes = 256 * 1024

/** Reading what became of a program is bounded too: the program may have replaced what the guest uses. */
const readTimeoutMs = 25

/** Compiles the WebAssembly once; each world is an instance of it. */
export class WorldFactory {
  readonly #wasmModule: object
  readonly #script: string = guestScript()

  constructor(wasmModule: object) {
    this.#wasmModule = wasmModule
  }

  static async load(): Promise<WorldFactory> {
    const path = fileURLToPath(import.meta.resolve('@jitl/quickjs-ng-wasmfile-release-sync/wasm'))
    return new WorldFactory(await webAssembly.compile(await readFile(path)))
  }

  /**
   * The limit is the end of the instance's memory. QuickJS's own limit does not hold in the published builds: its allocator cannot tell
   * the size of a block there (measured: 1.2 GiB inside a limit of 32 MiB).
   */
  async make(memoryMb: number): Promise<World> {
    const maximum = Math.max(initialPages, ((memoryMb + ownMb) * 1_048_576) / pageBytes)
    const memory = new webAssembly.Memory({ initial: initialPages, maximum })
    const compiled = newVariant(quickjs, { wasmModule: this.#wasmModule, wasmMemory: memory })
    const module = await newQuickJSWASMModuleFromVariant(compiled)
    return new World(module, { script: this.#script, memory, memoryMb, maxBytes: maximum * pageBytes })
  }
}

/** One WebAssembly instance with one runtime, one context and the guest in it. For one run of one tenant. */
export class World {
  readonly memoryMb: number
  readonly #memory: WasmMemory
  readonly #maxBytes: number
  readonly #runtime: QuickJSRuntime
  readonly #context: QuickJSContext
  readonly #entry: QuickJSHandle
  #broken = false
  #interrupted = false
  doors: WorldDoors | undefined

  constructor(
    module: QuickJSWASMModule,
    parts: { script: string; memory: WasmMemory; memoryMb: number; maxBytes: number },
  ) {
    const { script, memory, memoryMb, maxBytes } = parts
    this.memoryMb = memoryMb
    this.#memory = memory
    this.#maxBytes = maxBytes
    this.#runtime = module.newRuntime()
    this.#runtime.setMaxStackSize(stackBytes)
    this.#context = this.#runtime.newContext()
    const install = this.#context.unwrapResult(this.#context.evalCode(script, 'evenkeel:guest'))
    const doors = [this.#logDoor(), this.#closedDoor(), this.#closedDoor()]
    this.#entry = this.#context.unwrapResult(this.#context.callFunction(install, this.#context.undefined, ...doors))
    for (const handle of [install, ...doors]) handle.dispose()
  }

  /** The instance's memory, in bytes. It grows and never shrinks. */
  get bytes(): number {
    return this.#memory.buffer.byteLength
  }

  /** It has grown to its limit, or to where the next step would pass it. */
  get isFull(): boolean {
    return this.bytes > this.#maxBytes * fullShare
  }

  /** Runs guest code and all microtasks. `isOver` is asked again and again; when it says so, the code is interrupted. */
  enter(isOver: () => boolean, operation: string, ...values: readonly (string | number)[]): EntryFailure | undefined {
    return this.#guarded(isOver, () => {
      const result = this.#callEntry(operation, values)
      this.#failureOf(result)
      for (let more = true; more;) {
        const jobs = this.#runtime.executePendingJobs(100)
        this.#failureOf(jobs)
        more = jobs.error === undefined && jobs.value > 0
      }
    })
  }

  read(): WorldReading {
    const untilMs = performance.now() + readTimeoutMs
    let text: unknown
    this.#guarded(
      () => performance.now() > untilMs,
      () => {
        const result = this.#callEntry('read', [])
        if (result.error === undefined) text = this.#context.dump(result.value)
        result.dispose()
      },
    )
    if (typeof text !== 'string') throw new Error('the guest gave no reading')
    return parseReading(text)
  }

  /** What ran out of stack in the middle of the interpreter cannot be taken apart in order; the instance is let go as a whole. */
  dispose(): void {
    if (this.#broken) return
    this.#broken = true
    this.#entry.dispose()
    this.#context.dispose()
    try {
      this.#runtime.dispose()
    } catch {
      // The interpreter counts what a program left behind when it was interrupted. The instance goes all the same.
    }
  }

  #callEntry(operation: string, values: readonly (string | number)[]): ReturnType<QuickJSContext['callFunction']> {
    const context = this.#context
    const handles = [operation, ...values].map((value) =>
      typeof value === 'number' ? context.newNumber(value) : context.newString(value),
    )
    const result = context.callFunction(this.#entry, context.undefined, ...handles)
    for (const handle of handles) handle.dispose()
    return result
  }

  #guarded(isOver: () => boolean, run: () => void): EntryFailure | undefined {
    this.#interrupted = false
    this.#runtime.setInterruptHandler(() => (this.#interrupted ||= isOver()))
    try {
      run()
    } catch (error) {
      if (error instanceof GuestFailed) return error.failure
      this.#broken = true
      if (error instanceof RangeError) return 'stack'
      return 'memory'
    }
    return this.#interrupted ? 'interrupted' : undefined
  }

  /** The guest catches what a program throws; what gets here could not be caught, or not even be described for want of memory. */
  #failureOf(result: { error?: QuickJSHandle | undefined; dispose(): void }): void {
    if (result.error === undefined) return result.dispose()
    const thrown = this.#context.dump(result.error) as { name?: string; message?: string } | string | null
    result.dispose()
    const message = typeof thrown === 'object' ? String(thrown?.message) : String(thrown)
    throw new GuestFailed(this.#interrupted || message === 'interrupted' ? 'interrupted' : 'memory')
  }

  #logDoor(): QuickJSHandle {
    return this.#context.newFunction('emitLog', (level, message) => {
      this.doors?.emitLog(this.#context.getString(level), this.#context.getString(message))
    })
  }

  /** For what this engine does not offer. The guest refuses calls before they get here, because their limit is 0. */
  #closedDoor(): QuickJSHandle {
    return this.#context.newFunction('closed', () => undefined)
  }
}

class GuestFailed extends Error {
  readonly failure: EntryFailure

  constructor(failure: EntryFailure) {
    super(failure)
    this.failure = failure
  }
}

function parseReading(text: string): WorldReading {
  const end = text.indexOf('\n')
  const { status, timers, wakeInMs } = JSON.parse(text.slice(0, end)) as Partial<WorldReading>
  if (status !== 'pending' && status !== 'done' && status !== 'failed')
    throw new Error('the guest gave an unknown status')
  return {
    status,
    timers: Number(timers),
    wakeInMs: wakeInMs === null ? null : Number(wakeInMs),
    settled: text.slice(end + 1),
  }
}
