/**
 * Processor time of programs that share a process: what the process used since the last program came or went is split evenly among
 * those that were there. One program alone gets exactly what was used.
 */
export class CpuMeter {
  #programs = 0
  #last: NodeJS.CpuUsage = process.cpuUsage()
  /** What a program that was always there would have got, in milliseconds. */
  #shareMs = 0

  /** A program begins. Returns a function that says how much it has used so far, in milliseconds. */
  enter(): () => number {
    this.#advance()
    this.#programs += 1
    const before = this.#shareMs
    return () => {
      this.#advance()
      return this.#shareMs - before
    }
  }

  leave(): void {
    this.#advance()
    this.#programs -= 1
  }

  #advance(): void {
    const used = process.cpuUsage()
    const usedMs = (used.user - this.#last.user + used.system - this.#last.system) / 1_000
    this.#last = used
    if (this.#programs > 0) this.#shareMs += usedMs / this.#programs
  }
}
