import { isLabError, LabError } from '../errors/lab-error.ts'
import type { LoadProgress } from '../load/load-progress.ts'
import type { LabResult } from '../result/lab-result.ts'
import { validateResult } from '../result/validate-result.ts'
import { partLength, protocolVersion, type AgentJob, type AgentLink, type AgentPoll } from './protocol.ts'
import { errorOf } from './unwrap-answer.ts'

export interface MemberOptions {
  /** Id of the run. */
  readonly run: string
  /** An agent that does not answer for this long is lost. */
  readonly patienceMs: number
}

export interface MemberListeners {
  readonly onProgress: (progress: LoadProgress) => void
  readonly onLog: (text: string) => void
}

const pollEveryMs = 250
const clockReadings = 5

/** One agent as its coordinator sees it during a run. */
export class AgentMember {
  readonly #link: AgentLink
  readonly #run: string
  readonly #patienceMs: number
  #isTaken = false
  #workers = 1
  /** How far the agent's clock is ahead of ours. */
  #clockOffsetMs = 0
  #lostBy: unknown

  constructor(link: AgentLink, options: MemberOptions) {
    this.#link = link
    this.#run = options.run
    this.#patienceMs = options.patienceMs
  }

  get workers(): number {
    return this.#workers
  }

  get lostBy(): unknown {
    return this.#lostBy
  }

  /** Makes sure that it understands us, is free, and what its clock shows. */
  async take(): Promise<void> {
    const info = await this.#link.call('info', {})
    if (info.protocol !== protocolVersion)
      throw new LabError(
        'EK_LAB_AGENT',
        `${this.#link.name} speaks version ${info.protocol} of the protocol (lab ${info.labVersion}), this lab version ${protocolVersion}`,
      )
    await this.#link.call('begin', { run: this.#run })
    this.#isTaken = true
    this.#workers = info.workers
    this.#clockOffsetMs = await this.#readClock()
  }

  async prepare(job: AgentJob): Promise<void> {
    const text = JSON.stringify(job)
    for (let offset = 0; offset < text.length; offset += partLength)
      await this.#link.call('upload', { run: this.#run, text: text.slice(offset, offset + partLength) })
    await this.#link.call('prepare', { run: this.#run })
  }

  async start(atEpochMs: number): Promise<void> {
    await this.#link.call('start', { run: this.#run, atEpochMs: atEpochMs + this.#clockOffsetMs })
  }

  /** Follows the run to its end. Undefined when the agent was lost or failed; `lostBy` tells why. */
  async follow(listeners: MemberListeners): Promise<LabResult | undefined> {
    try {
      for (;;) {
        const { state, progress, logs, error } = await this.#poll()
        for (const each of progress) listeners.onProgress(each)
        for (const text of logs) listeners.onLog(text)
        if (error !== undefined) throw errorOf(error, this.#link.name)
        if (state === 'done') return await this.#fetchResult()
        await new Promise((resolve) => setTimeout(resolve, pollEveryMs))
      }
    } catch (error) {
      this.#lostBy = error
      return undefined
    }
  }

  /** Never rejects: an agent that cannot be told stops by itself when it hears nothing. */
  async stop(reason: string): Promise<void> {
    await this.#link.call('stop', { run: this.#run, reason }).catch(() => undefined)
  }

  /** Never rejects. */
  async giveBack(): Promise<void> {
    if (this.#isTaken) await this.#link.call('end', { run: this.#run }).catch(() => undefined)
  }

  /** The reading with the shortest way there and back is the most exact (as NTP does, RFC 5905 §10). */
  async #readClock(): Promise<number> {
    let best = { roundTripMs: Infinity, offsetMs: 0 }
    for (let reading = 0; reading < clockReadings; reading++) {
      const [sentAt, sentEpochMs] = [performance.now(), Date.now()]
      const { epochMs } = await this.#link.call('info', {})
      const roundTripMs = performance.now() - sentAt
      if (roundTripMs < best.roundTripMs) best = { roundTripMs, offsetMs: epochMs - (sentEpochMs + roundTripMs / 2) }
    }
    // Below what the readings can tell there is nothing to correct.
    return Math.abs(best.offsetMs) <= best.roundTripMs / 2 + 1 ? 0 : Math.round(best.offsetMs)
  }

  async #poll(): Promise<AgentPoll> {
    const askedAt = performance.now()
    for (;;) {
      try {
        return await this.#link.call('poll', { run: this.#run })
      } catch (error) {
        const isRefused = isLabError(error) && error.code !== 'EK_LAB_AGENT'
        if (isRefused || performance.now() - askedAt > this.#patienceMs) throw error
        await new Promise((resolve) => setTimeout(resolve, pollEveryMs))
      }
    }
  }

  async #fetchResult(): Promise<LabResult> {
    let text = ''
    for (let length = Infinity; text.length < length;) {
      const part = await this.#link.call('result', { run: this.#run, offset: text.length })
      text += part.text
      length = part.length
    }
    const result = validateResult(JSON.parse(text), this.#link.name)
    const startedAtEpochMs = result.meta.startedAtEpochMs - this.#clockOffsetMs
    return { ...result, meta: { ...result.meta, startedAtEpochMs } }
  }
}
