/** Processor time in milliseconds that a short call may use, whatever the clock says. */
const maxCpuMs = 25

/**
 * Makes a call that isolated-vm ends when a short timeout is over. Its clock also runs while the kernel gives the processor to others: a call
 * that was ended without having used its time is made again, so that a busy machine is not taken for an endless loop.
 *
 * @param cpuMs processor time of this process so far.
 */
export function callPatiently<T>(call: () => T, cpuMs: () => number = processCpuMs): T {
  const beforeMs = cpuMs()
  for (;;) {
    try {
      return call()
    } catch (error) {
      if (!isTimeout(error) || cpuMs() - beforeMs >= maxCpuMs) throw error
    }
  }
}

/** isolated-vm tells why a call ended only in words. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timed out/i.test(error.message)
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
