/** What the process's exit code says. A usage error is 2, everything else that could not be done is 1. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** An expectation of the `expect` plugin failed (Artillery's code). */
  expectation: 21,
  /** The generator was the limit, so the run judges nothing. */
  generatorLimited: 22,
  interrupted: 130,
  terminated: 143,
} as const

/** The exit code of a command that a signal ended, whatever else went wrong on the way out. */
export function exitCodeOfStop(signal: AbortSignal): number {
  return signal.reason === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted
}
