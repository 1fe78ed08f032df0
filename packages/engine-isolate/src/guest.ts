/** What an engine needs that runs blocks as this one does, for engines of ours: the guest, and what its answers mean. Loads no addon. */
export { guestScript } from './host/guest-script.host.ts'
export { prepareSource } from './host/prepare-source.host.ts'
export { programError } from './host/program-error.host.ts'
export type { StartValues } from './guest/program.guest.ts'
