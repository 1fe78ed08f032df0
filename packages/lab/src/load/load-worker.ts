import { Worker } from 'node:worker_threads'
import { LabError } from '../errors/lab-error.ts'
import type { LabResult } from '../result/lab-result.ts'
import type { LoadProgress } from './load-progress.ts'
import type { WorkerCommand, WorkerOrder, WorkerReport } from './worker-messages.ts'

export interface WorkerListeners {
  readonly onProgress: (progress: LoadProgress) => void
  readonly onLog: (text: string) => void
}

/** A thread that sends one share. */
export class LoadWorker {
  readonly #worker: Worker
  readonly #ready = Promise.withResolvers<void>()
  readonly #result = Promise.withResolvers<LabResult>()
  readonly #listeners: WorkerListeners

  constructor(order: WorkerOrder, listeners: WorkerListeners) {
    this.#listeners = listeners
    this.#worker = new Worker(new URL(import.meta.resolve('#load-worker')), { workerData: order })
    this.#worker.on('message', (message: WorkerReport) => this.#receive(message))
    this.#worker.on('error', (error: Error) =>
      this.#fail(new LabError('EK_LAB_WORKER', `A load worker died: ${error.message}`, { cause: error })),
    )
    this.#worker.on('exit', (code) =>
      this.#fail(new LabError('EK_LAB_WORKER', `A load worker ended early with exit code ${code}`)),
    )
    // Both are awaited later; a worker that dies first must not count as an unhandled rejection until then.
    this.#ready.promise.catch(() => {})
    this.#result.promise.catch(() => {})
  }

  /** Resolves when the worker has loaded the script. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Rejects with a LabError when the worker fails or dies. */
  get result(): Promise<LabResult> {
    return this.#result.promise
  }

  start(atEpochMs: number): void {
    this.#send({ kind: 'start', atEpochMs })
  }

  stop(reason: string): void {
    this.#send({ kind: 'stop', reason })
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  #send(command: WorkerCommand): void {
    this.#worker.postMessage(command)
  }

  #receive(message: WorkerReport): void {
    switch (message.kind) {
      case 'ready':
        return this.#ready.resolve()
      case 'progress':
        return this.#listeners.onProgress(message.progress)
      case 'log':
        return this.#listeners.onLog(message.text)
      case 'result':
        return this.#result.resolve(message.result)
      case 'failure':
        return this.#fail(new LabError(message.code, message.message))
    }
  }

  #fail(error: LabError): void {
    this.#ready.reject(error)
    this.#result.reject(error)
  }
}
