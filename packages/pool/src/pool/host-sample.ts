import type { SlotField, Slots } from '../supervisor/slots.ts'

/** What the supervisor measured of a host last: resident memory, and the time its threads were on a processor or waited for one. */
export type HostSample = Readonly<Record<'residentMb' | 'cpuMs' | 'runQueueWaitMs', number>> & {
  /** Time in collections, as the host itself said last, in milliseconds. */
  readonly gcMs: number
}

export function hostSample(slots: Slots, slot: number, gcMs: number): HostSample {
  const read = (field: SlotField): number => slots.read(slot, field)
  return { residentMb: read('residentMb'), cpuMs: read('cpuMs'), runQueueWaitMs: read('runQueueWaitMs'), gcMs }
}
