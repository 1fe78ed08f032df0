import { monotonicMs } from '../util/clock.ts'

/** First wait after a host that died while booting, doubled up to the longest, in milliseconds. */
const firstBackoffMs = 100
const longestBackoffMs = 10_000

/** A host that lived this long has not crashed at its start, in milliseconds. */
const stableMs = 10_000
const longestCrashBackoffMs = 30_000

/** When the next host may be started: at once, or later, for boots that fail, for crashes in a row, and for the peace of what runs. */
export class BootPace implements Disposable {
  readonly #crashBackoffMs: number
  readonly #fill: () => void
  #failures = 0
  #crashes = 0
  #heldUntilMs = 0
  #restsUntilMs = 0
  #dueMs = 0
  #retry: NodeJS.Timeout | undefined

  /**
   * @param crashBackoffMs first wait after the second crash in a row, in milliseconds. 0: none.
   * @param fill starts the hosts that are missing; called when a wait is over.
   */
  constructor(crashBackoffMs: number, fill: () => void) {
    this.#crashBackoffMs = crashBackoffMs
    this.#fill = fill
  }

  /** Boots in a row that failed. */
  get failures(): number {
    return this.#failures
  }

  /** Hosts in a row that ended soon after their start. */
  get crashes(): number {
    return this.#crashes
  }

  get isHeld(): boolean {
    return this.#heldForMs > 0
  }

  /** The last host that left did so because it was told to. */
  get isCalm(): boolean {
    return this.#restsUntilMs > 0
  }

  booted(): void {
    this.#failures = 0
  }

  bootFailed(): void {
    const waitMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** this.#failures)
    this.#failures += 1
    this.#fillIn(waitMs)
  }

  /** One crash is replaced at once; those that follow it closely wait longer and longer. */
  crashed(livedMs: number): void {
    if (this.#crashBackoffMs === 0) return
    if (livedMs >= stableMs) this.#crashes = 0
    this.#crashes += 1
    if (this.#crashes === 1) return
    const waitMs = Math.min(longestCrashBackoffMs, this.#crashBackoffMs * 2 ** (this.#crashes - 2))
    this.#heldUntilMs = monotonicMs() + waitMs
    this.#fillIn(waitMs)
  }

  /** Nothing is missing that work waits for: the process that has just left gets the processors first. */
  rest(restMs: number): void {
    this.#restsUntilMs = monotonicMs() + restMs
    this.#fillIn(restMs)
  }

  /** A host is missing now. */
  endRest(): void {
    this.#restsUntilMs = 0
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#retry)
  }

  #fillIn(waitMs: number): void {
    this.#dueMs = Math.max(this.#dueMs, monotonicMs() + waitMs)
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#retried(), Math.max(0, this.#dueMs - monotonicMs()))
  }

  /** A timer counts from the start of its turn of the event loop, and may be early by as long as that has lasted. */
  #retried(): void {
    if (this.isHeld) this.#fillIn(this.#heldForMs)
    else this.#fill()
  }

  get #heldForMs(): number {
    return Math.max(this.#heldUntilMs, this.#restsUntilMs) - monotonicMs()
  }
}
