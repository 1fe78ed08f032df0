import type { Batch } from '../batch/batch.ts'
import type { SendQueue } from '../delivery/send-queue.ts'
import type { Sender } from '../delivery/sender.ts'
import type { Settlement } from '../delivery/settlement.ts'
import type { DiskSide } from './disk-side.ts'
import type { Ledger } from './ledger.ts'

/** What `close()` does with events that are left at its deadline. */
export type LeftoverPolicy = 'spill' | 'dead-letter' | 'drop'

export interface Leftovers {
  /** Being sent: the destination may have them or not. */
  readonly abandoned: readonly Batch[]
  readonly queued: readonly Batch[]
}

export function takeLeftovers(from: {
  readonly sender: Sender
  readonly queue: SendQueue
  readonly disk: DiskSide | undefined
}): Leftovers {
  const abandoned = from.sender.stop()
  return { abandoned, queued: [...from.queue.drain(), ...(from.disk?.drain() ?? [])] }
}

/** Gives every leftover an end. Resolves when the disk has what it is to keep. */
export async function settleLeftovers(
  leftovers: Leftovers,
  policy: LeftoverPolicy,
  to: { readonly settlement: Settlement; readonly ledger: Ledger; readonly disk: DiskSide | undefined },
): Promise<void> {
  const { settlement, ledger, disk } = to
  const settle = async (batch: Batch, from: 'buffered' | 'inFlight'): Promise<void> => {
    if (policy === 'spill' && disk !== undefined && (await disk.keep(batch))) return settlement.leaveOnDisk(batch, from)
    if (policy !== 'dead-letter') return settlement.drop(batch, from === 'inFlight' ? 'abandoned' : 'closed', from)
    if (from === 'buffered') ledger.launch(batch.count)
    settlement.bury(batch, { reason: 'closed' })
  }
  await Promise.all([
    ...leftovers.abandoned.map((batch) => settle(batch, 'inFlight')),
    ...leftovers.queued.map((batch) => settle(batch, 'buffered')),
  ])
}
