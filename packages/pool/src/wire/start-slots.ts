/** Starts that are remembered, the last ones, in a record of four bytes each. */
export const startSlots = 1_024

/** Bytes of one number of an invocation, little endian. */
export const startSlotBytes = 4

/** Bytes of a whole record, from its start to its end. */
export const startRecordBytes: number = startSlots * startSlotBytes
