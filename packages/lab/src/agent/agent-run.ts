import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isLabError, LabError, messageOf } from '../errors/lab-error.ts'
import { LoadWorker } from '../load/load-worker.ts'
import type { LoadProgress } from '../load/load-progress.ts'
import { ProgressMerger } from '../load/merge-progress.ts'
import { mergeThreads } from '../merge/merge-threads.ts'
import type { LabResult } from '../result/lab-result.ts'
import type { AgentJob, AgentPoll, AgentState, WireError } from './protocol.ts'
import { inFolder, unpackScript } from './script-bundle.ts'

/** A coordinator that does not ask for this many reports does not get the oldest. */
const mostReports = 600

/** One run on an agent: its files in a folder of their own, its workers, what they report. */
export class AgentRun implements AsyncDisposable {
  readonly id: string
  readonly #workerCount: number
  #parts: string[] = []
  #folder: string | undefined
  #workers: readonly LoadWorker[] = []
  #state: Exclude<AgentState, 'idle'> = 'preparing'
  #progress: LoadProgress[] = []
  #logs: string[] = []
  #error: WireError | undefined
  #result: string | undefined

  constructor(id: string, workerCount: number) {
    this.id = id
    this.#workerCount = workerCount
  }

  get state(): AgentState {
    return this.#state
  }

  upload(text: string): null {
    this.#require('preparing')
    this.#parts.push(text)
    return null
  }

  /** Resolves when every worker has loaded the script. */
  async prepare(): Promise<null> {
    this.#require('preparing')
    const job = JSON.parse(this.#parts.join('')) as AgentJob
    this.#parts = []
    this.#folder = await mkdtemp(join(tmpdir(), 'lab-agent-'))
    await unpackScript(job.bundle, this.#folder)
    this.#workers = this.#startWorkers(job, this.#folder)
    await Promise.all(this.#workers.map((worker) => worker.ready))
    this.#state = 'ready'
    return null
  }

  start(atEpochMs: number): null {
    this.#require('ready')
    this.#state = 'running'
    for (const worker of this.#workers) worker.start(atEpochMs)
    void this.#collect()
    return null
  }

  stop(reason: string): null {
    for (const worker of this.#workers) worker.stop(reason)
    return null
  }

  poll(): AgentPoll {
    const [progress, logs] = [this.#progress, this.#logs]
    this.#progress = []
    this.#logs = []
    return { state: this.#state, progress, logs, ...(this.#error === undefined ? {} : { error: this.#error }) }
  }

  resultText(): string {
    if (this.#result === undefined) throw new LabError('EK_LAB_AGENT', `The run "${this.id}" has no result yet`)
    return this.#result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }

  #require(state: AgentState): void {
    if (this.#state === state) return
    throw new LabError('EK_LAB_AGENT', `The run "${this.id}" is ${this.#state}, not ${state}`)
  }

  #startWorkers(job: AgentJob, folder: string): LoadWorker[] {
    const { bundle, scriptOptions, name, labels, beforeVars, firstShare, shareCount } = job
    const merger = new ProgressMerger()
    const options = {
      ...scriptOptions,
      payloadFiles: bundle.payloadFiles.map((path) => inFolder(folder, path)),
      ...(bundle.configFile === undefined ? {} : { configFile: inFolder(folder, bundle.configFile) }),
    }
    return Array.from({ length: this.#workerCount }, (_, index) => {
      const share = { index: firstShare + index, count: shareCount }
      const runOptions = { share, labels, beforeVars, ...(name === undefined ? {} : { name }) }
      return new LoadWorker(
        { file: inFolder(folder, bundle.entry), scriptOptions: options, runOptions },
        {
          onProgress: (progress) => {
            const merged = merger.update(index, progress)
            if (index === 0)
              this.#progress = [...this.#progress, { ...merged, bins: merger.takeBins() }].slice(-mostReports)
          },
          onLog: (text) => (this.#logs = [...this.#logs, text].slice(-mostReports)),
        },
      )
    })
  }

  async #collect(): Promise<void> {
    try {
      const results = await Promise.all(this.#workers.map((worker) => worker.result))
      this.#result = JSON.stringify(onlyOne(results) ?? mergeThreads(results))
      this.#state = 'done'
    } catch (error) {
      this.#error = { code: isLabError(error) ? error.code : 'EK_LAB_WORKER', message: messageOf(error) }
      this.#state = 'failed'
    }
  }
}

function onlyOne(results: readonly LabResult[]): LabResult | undefined {
  return results.length === 1 ? results[0] : undefined
}
