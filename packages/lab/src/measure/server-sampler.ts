import { readFileSync } from 'node:fs'
import type { ServerSamples } from '../result/lab-result.ts'
import type { Clock } from '../util/clock.ts'

const sampleEveryMs = 1000
/** Linux counts CPU time of processes in ticks of 10 ms (USER_HZ is 100 on every supported architecture). */
const tickMs = 10
const pageBytes = 4096

interface ProcessFacts {
  readonly cpuMs: number
  readonly rssBytes: number
}

/** Samples CPU time and memory of a process of this machine from `/proc`. Nothing where there is none. */
export class ServerSampler {
  readonly #pid: number
  readonly #clock: Clock
  readonly #startMs: number
  readonly #first: ProcessFacts | undefined
  readonly #samples: { atMs: number; cpuMs: number; rssBytes: number }[] = []
  #cancel: () => void = () => {}

  constructor(pid: number, clock: Clock) {
    this.#pid = pid
    this.#clock = clock
    this.#startMs = clock.nowMs()
    this.#first = readProcess(pid)
  }

  start(): void {
    this.#cancel = this.#clock.schedule(sampleEveryMs, () => {
      this.#sample()
      this.start()
    })
  }

  #sample(): void {
    const facts = readProcess(this.#pid)
    if (facts === undefined || this.#first === undefined) return
    this.#samples.push({
      atMs: Math.round(this.#clock.nowMs() - this.#startMs),
      cpuMs: facts.cpuMs - this.#first.cpuMs,
      rssBytes: facts.rssBytes,
    })
  }

  /** Takes the last sample. Undefined when the process could not be read. */
  stop(): ServerSamples | undefined {
    this.#cancel()
    this.#sample()
    const last = this.#samples.at(-1)
    if (last === undefined) return undefined
    return {
      pid: this.#pid,
      command: readCommand(this.#pid),
      cpuMs: last.cpuMs,
      peakRssBytes: Math.max(...this.#samples.map((sample) => sample.rssBytes)),
      samples: this.#samples,
    }
  }
}

function readProcess(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command stands in brackets and may hold spaces: fields are counted from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return { cpuMs: ticks * tickMs, rssBytes: Number(fields[21]) * pageBytes }
  } catch {
    return undefined
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
