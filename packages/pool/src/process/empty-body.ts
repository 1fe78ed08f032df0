import type { StreamItem } from '../contract/streams.ts'

/** A body of nothing. */
export async function* emptyBody(): AsyncGenerator<StreamItem, void> {}
