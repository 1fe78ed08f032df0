import { exitCodes } from './exit-codes.ts'

/**
 * Gives the body a signal that aborts at the first SIGINT or SIGTERM, with the signal's name as the reason. A second one ends the
 * process at once: the caller asked twice. The handlers are gone when the body is done. A given signal replaces the process's.
 */
export async function withProcessSignals<T>(
  given: AbortSignal | undefined,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return body(given)
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated)
    controller.abort(name)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    return await body(controller.signal)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

let pipesMayClose = false

/**
 * A reader that has seen enough (`| head`) closes the pipe: what is still printed is thrown away, and the run goes on to its end. The
 * listeners stay, because the error of the last write comes after everything else.
 */
export function allowClosedPipes(): void {
  if (pipesMayClose) return
  pipesMayClose = true
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error
  }
  process.stdout.on('error', onError)
  process.stderr.on('error', onError)
}
