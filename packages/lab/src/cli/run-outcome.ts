import type { LabResult } from '../result/lab-result.ts'
import { exitCodeOfStop, exitCodes } from './exit-codes.ts'

/**
 * The exit code that a result calls for. An interrupted run is that first of all. When the generator was the limit nothing was
 * judged; otherwise a failed threshold outranks what a processor suggests, and that a failed expectation, as scripts in CI expect.
 */
export function exitCodeOf(result: LabResult, signal: AbortSignal): number {
  if (signal.aborted) return exitCodeOfStop(signal)
  if (result.generator.verdict === 'limited') return exitCodes.generatorLimited
  const failed = result.checks.filter((check) => check.status === 'failed' && check.strict)
  if (failed.some((check) => check.source !== 'expect')) return exitCodes.failed
  if (result.suggestedExitCode !== undefined) return result.suggestedExitCode
  if (failed.length > 0) return exitCodes.expectation
  return result.status === 'partial' || nothingWorked(result) ? exitCodes.failed : exitCodes.ok
}

/** No request was answered, or no user got through: a run against a server that is down is no success. */
function nothingWorked({ requests, users }: LabResult): boolean {
  if (requests.sent > 0 && requests.responses === 0) return true
  return users.created > 0 && users.failed === users.created
}
