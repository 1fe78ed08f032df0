import ivm from 'isolated-vm'
import type { GuestDoors, GuestEntry, GuestOperation } from '../guest/guest.guest.ts'
import type { BundleScripts } from './bundle-scripts.host.ts'
import { callPatiently } from './patient-call.host.ts'

/** What the guest says of itself after an entry. Everything from an isolate is hostile input: it is checked before use. */
export interface GuestReading {
  readonly status: 'pending' | 'done' | 'failed'
  /** The program's own code runs, or has run: a module has been evaluated and its function was called. */
  readonly begun: boolean
  readonly timers: number
  /** Calls to the service that wait for an answer. */
  readonly calls: number
  /** Until the next timer, in milliseconds; null when there is none. */
  readonly wakeInMs: number | null
  readonly settled: string
}

/** What crosses into the isolate: copies of plain values. */
export type GuestValue = string | number | ivm.Copy<ArrayBuffer>

/** The guest's entry as isolated-vm types it. */
type TransferableEntry = (...parameters: GuestValue[]) => ReturnType<GuestEntry>

/** What an execution does with what the guest tells or asks. */
export interface ExecutionDoors extends Pick<GuestDoors, 'emitLog' | 'emitCall' | 'emitCancel'> {
  /** Native work; the parameters are hostile. Never throws. */
  native(parameters: readonly unknown[]): ivm.Copy<unknown>
}

/** Reading runs on the host's own thread, so a guest that hijacked it is stopped soon. */
const readTimeoutMs = 25
const moduleTimeoutMs = 1_000

/** A prepared context: one execution's global, and the only two references into it. Release it, or the heap keeps it. */
export class GuestContext {
  readonly #context: ivm.Context
  readonly #entry: ivm.Reference<TransferableEntry>
  readonly #bundles: BundleScripts
  /** What the guest has told of itself in the current entry. */
  #told = ''
  /** What the current execution does with what the guest tells. */
  doors: ExecutionDoors | undefined

  constructor(isolate: ivm.Isolate, script: ivm.Script, bundles: BundleScripts) {
    this.#bundles = bundles
    this.#context = isolate.createContextSync()
    type Install = (...doors: ivm.Callback[]) => TransferableEntry
    const install = script.runSync(this.#context, { reference: true }) as ivm.Reference<Install>
    const result = { reference: true } as const
    this.#entry = install.applySync(undefined, this.#callbacks(), { result }) as ivm.Reference<TransferableEntry>
    install.release()
  }

  /** The first four nobody waits for: the guest goes on, and what it told arrives before its entry ends. For the others it waits. */
  #callbacks(): ivm.Callback[] {
    return [
      new ivm.Callback<GuestDoors['emitLog']>((...entry) => this.doors?.emitLog(...entry), { ignored: true }),
      new ivm.Callback<GuestDoors['emitReading']>((text) => void (this.#told = String(text)), { ignored: true }),
      new ivm.Callback<GuestDoors['emitCall']>((...call) => this.doors?.emitCall(...call), { ignored: true }),
      new ivm.Callback<GuestDoors['emitCancel']>((callId) => this.doors?.emitCancel(callId), { ignored: true }),
      new ivm.Callback((name: unknown, internal: unknown) =>
        this.#bundles.evaluate(this.#context, name, internal === true),
      ),
      new ivm.Callback((...parameters: unknown[]) => this.doors?.native(parameters)),
    ]
  }

  /** Runs guest code on a thread of its own. Rejects when it is terminated or its isolate is gone. */
  async enter(timeoutMs: number, operation: GuestOperation, ...values: GuestValue[]): Promise<void> {
    this.#told = ''
    await this.#entry.apply(undefined, [operation, ...values], { timeout: Math.max(1, Math.ceil(timeoutMs)) })
  }

  /** The names that an allowed module exports. Called before the program runs: what runs here is our own code. */
  exportNames(name: string): string[] {
    return JSON.parse(
      String(this.#entry.applySync(undefined, ['exports', name], { timeout: moduleTimeoutMs })),
    ) as string[]
  }

  /** For modules, which are linked to a context. */
  get native(): ivm.Context {
    return this.#context
  }

  /** What has become of the run: as the guest told in its last entry, or as it answers now. */
  read(): GuestReading {
    const text = this.#told === '' ? this.#ask() : this.#told
    const end = text.indexOf('\n')
    const header = JSON.parse(text.slice(0, end)) as Partial<GuestReading>
    const { status, begun, timers, calls, wakeInMs } = header
    if (status !== 'pending' && status !== 'done' && status !== 'failed')
      throw new Error('the guest gave an unknown status')
    return {
      status,
      begun: begun === true,
      timers: Number(timers),
      calls: Number(calls),
      wakeInMs: wakeInMs === null ? null : Number(wakeInMs),
      settled: text.slice(end + 1),
    }
  }

  #ask(): string {
    const text = callPatiently(() => this.#entry.applySync(undefined, ['read'], { timeout: readTimeoutMs }))
    if (typeof text !== 'string') throw new Error('the guest gave no reading')
    return text
  }

  release(): void {
    this.#entry.release()
    this.#context.release()
  }
}
