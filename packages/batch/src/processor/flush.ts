import type { Epoch } from '../batch/epoch.ts'
import type { Destination } from '../destination/destination.ts'
import { settleLeftovers, type LeftoverPolicy } from '../destination/leftovers.ts'
import type { Clock } from '../util/clock.ts'
import { waitFor } from './deadline.ts'
import { mapDropped, sumBalances, tally, type CloseReport, type FlushReport } from './reports.ts'

export interface FlushLimits {
  readonly clock: Clock
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
}

interface Barrier {
  readonly epochs: readonly Epoch[]
  readonly settled: Promise<unknown>
}

/** Seals everything and waits until it has been settled, on every destination. */
export async function flushAll(destinations: readonly Destination[], limits: FlushLimits): Promise<FlushReport> {
  const startedAtMs = limits.clock.now()
  const { epochs, settled } = raise(destinations, 'flush')
  const before = tally(epochs)
  const wait = await waitFor(settled, limits)
  const after = tally(epochs)
  return {
    status: wait,
    delivered: after.delivered - before.delivered,
    deadLettered: after.deadLettered - before.deadLettered,
    dropped: after.dropped - before.dropped,
    pending: after.pending,
    elapsedMs: limits.clock.now() - startedAtMs,
  }
}

/** How long the end of a close may take beyond its deadline: writing leftovers to disk, handing over letters, closing transports. */
const graceMs = 2000

/** Delivers what it can until the deadline, gives the rest an end, and releases everything. */
export async function closeAll(
  destinations: readonly Destination[],
  limits: FlushLimits & { readonly policyOf: (destination: Destination) => LeftoverPolicy },
): Promise<CloseReport> {
  const { clock, policyOf } = limits
  const startedAtMs = clock.now()
  const before = sumBalances(destinations.map((each) => each.balance()))
  const recovering = destinations.flatMap(({ disk }) => disk?.recovered ?? [])
  if (recovering.length > 0) await waitFor(Promise.all(recovering), limits)
  const deadlineMs = startedAtMs + limits.deadlineMs - clock.now()
  const wait = await waitFor(raise(destinations, 'close').settled, { ...limits, deadlineMs })
  let abandonedInFlight = 0
  const endings = destinations.map(async (destination) => {
    const leftovers = destination.takeLeftovers()
    for (const batch of leftovers.abandoned) abandonedInFlight += batch.count
    await settleLeftovers(leftovers, policyOf(destination), destination)
    await destination.options.transport.close?.()
    await destination.disk?.store.close()
  })
  await waitFor(Promise.allSettled(endings), { clock, deadlineMs: graceMs })
  const after = sumBalances(destinations.map((each) => each.balance()))
  return {
    status: wait === 'done' ? 'done' : 'deadline',
    delivered: after.delivered - before.delivered,
    deadLettered: after.deadLettered - before.deadLettered,
    dropped: mapDropped((reason) => after.dropped[reason] - before.dropped[reason]),
    spilled: after.spilled,
    abandonedInFlight,
    unsettled: after.buffered + after.inFlight,
    elapsedMs: clock.now() - startedAtMs,
  }
}

function raise(destinations: readonly Destination[], trigger: 'flush' | 'close'): Barrier {
  const barriers = destinations.map((destination) => {
    destination.sealAll(trigger)
    return destination.epochs.turn()
  })
  return {
    epochs: barriers.flatMap(({ epochs }) => epochs),
    settled: Promise.all(barriers.map(({ settled }) => settled)),
  }
}
