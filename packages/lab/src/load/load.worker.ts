import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { isLabError, LabError, messageOf } from '../errors/lab-error.ts'
import { loadScript } from '../script/load-script.ts'
import { runLoad } from './run-load.ts'
import type { WorkerCommand, WorkerOrder, WorkerReport } from './worker-messages.ts'

/** Sends one share of a script's plan and reports to the thread that started it. */
const order = workerData as WorkerOrder
const port = parentPort
if (port === null) throw new LabError('EK_LAB_WORKER', 'This file runs only in a worker thread')
const report = (message: WorkerReport): void => port.postMessage(message)

try {
  const script = await loadScript(order.file, order.scriptOptions)
  report({ kind: 'ready' })
  const [first] = (await once(port, 'message')) as [WorkerCommand]
  const controller = new AbortController()
  port.on('message', (command: WorkerCommand) => {
    if (command.kind === 'stop') controller.abort(command.reason)
  })
  if (first.kind === 'stop') controller.abort(first.reason)
  const result = await runLoad({
    ...order.runOptions,
    ...(first.kind === 'start' ? { startAtEpochMs: first.atEpochMs } : {}),
    plan: { kind: 'script', script },
    signal: controller.signal,
    onProgress: (progress) => report({ kind: 'progress', progress }),
    onLog: (text) => report({ kind: 'log', text }),
  })
  report({ kind: 'result', result })
} catch (error) {
  const code = isLabError(error) ? error.code : 'EK_LAB_WORKER'
  report({ kind: 'failure', code, message: messageOf(error) })
} finally {
  port.close()
}
