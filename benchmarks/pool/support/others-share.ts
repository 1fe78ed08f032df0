import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Share of the processors that programs other than these took while something was measured: figures beside a busy machine say less. */
export class OthersShare {
  readonly #ownCpuMs: () => number
  readonly #startedAtMs: number = performance.now()
  readonly #ownBefore: number
  readonly #allBefore: number = busyMs()

  /** @param serverCpuMs processor time of the servers under test so far; that of this process is known. */
  constructor(serverCpuMs: () => number) {
    this.#ownCpuMs = () => serverCpuMs() + ownCpuMs()
    this.#ownBefore = this.#ownCpuMs()
  }

  get share(): number {
    const capacityMs = (performance.now() - this.#startedAtMs) * availableParallelism()
    return Math.max(0, (busyMs() - this.#allBefore - (this.#ownCpuMs() - this.#ownBefore)) / capacityMs)
  }
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Of all processors since the machine started, other machines on the same hardware included; `/proc/stat` counts in hundredths of a second. */
function busyMs(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/ +/).map(Number) ?? []
  return (user + nice + system + irq + softirq + steal) * 10
}
