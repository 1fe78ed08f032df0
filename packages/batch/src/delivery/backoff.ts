export interface Backoff {
  readonly baseMs: number
  readonly capMs: number
  readonly jitter: 'full' | 'equal' | 'none'
}

/**
 * How long to wait after `failures` failures in a row (1 or more). The cap is applied before the jitter: clients that all sit at the
 * cap would otherwise come back together.
 */
export function backoffMs(backoff: Backoff, failures: number, random: () => number): number {
  const ceilingMs = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(failures - 1, 50))
  if (backoff.jitter === 'none') return ceilingMs
  if (backoff.jitter === 'equal') return ceilingMs / 2 + (ceilingMs / 2) * random()
  return ceilingMs * random()
}
