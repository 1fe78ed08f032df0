import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface TargetReport {
  readonly served: number
  /** From the arrival of each request to the end of its answer. */
  readonly seenMs: readonly number[]
  readonly answeredAtEpochMs: readonly number[]
}

export interface Target extends AsyncDisposable {
  readonly url: string
  readonly pid: number | undefined
  /** What the server saw since the last report. */
  report(): Promise<TargetReport>
}

/** Starts a server to measure. Dispose of it to end it. */
export async function startTarget(kind: 'fast' | 'known' | 'freeze'): Promise<Target> {
  const child = fork(fileURLToPath(new URL('./target.host.ts', import.meta.url)), [kind], { execArgv: [] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    url: `http://127.0.0.1:${port}/`,
    pid: child.pid,
    report: async () => {
      const answer = once(child, 'message')
      child.send('report')
      const [report] = (await answer) as [TargetReport]
      return report
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
