import { availableParallelism, loadavg } from 'node:os'

/**
 * Time from a limit to the answer that is allowed, in milliseconds: 300 on a machine of its own. Where more threads want to run than
 * there are processors, every wait for a processor is longer in proportion.
 */
export function slackMs(): number {
  return 300 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())
}
