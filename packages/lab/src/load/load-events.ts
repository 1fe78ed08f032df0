import { EventEmitter } from 'node:events'
import type { RunRecorder } from '../measure/run-recorder.ts'

/** The events object that processors get: `counter`, `histogram`, `rate` and `customStat` become figures of the run. */
export class LoadEvents extends EventEmitter {
  readonly #recorder: RunRecorder

  constructor(recorder: RunRecorder) {
    super()
    this.#recorder = recorder
  }

  override emit(name: string | symbol, ...args: unknown[]): boolean {
    const [first, value] = args
    if (name === 'counter' || name === 'rate') this.#recorder.counter(String(first), Number(value ?? 1))
    else if (name === 'histogram') this.#recorder.histogram(String(first), Number(value))
    else if (name === 'customStat') this.#customStat(first)
    else if (name === 'error') return this.listenerCount('error') > 0 ? super.emit(name, ...args) : false
    return super.emit(name, ...args)
  }

  #customStat(stat: unknown): void {
    if (typeof stat !== 'object' || stat === null) return
    const { stat: name, value } = stat as { stat?: unknown; value?: unknown }
    this.#recorder.histogram(String(name), Number(value))
  }
}
