import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly lifeMs: number
}

/** Runs a fixture. `ready` resolves at its first line of output, or at the line given by `readyLines`. */
export function runFixture(
  name: string,
  args: readonly string[],
  readyLines = 1,
): { readonly child: ChildProcess; readonly ready: Promise<void>; readonly ended: Promise<Ended> } {
  const startedAt = performance.now()
  const script = new URL(`../fixtures/${name}`, import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=@evenkeel/source', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let lines = 0
  let stderr = ''
  const ready = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    lines += chunk.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0)
    if (lines >= readyLines) ready.resolve()
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    ready.resolve()
    return {
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
      lifeMs: performance.now() - startedAt,
    }
  })
  return { child, ready: ready.promise, ended }
}
