/** What an engine's host module uses. Experimental until 1.0. */
export { runHost } from './host/host-runtime.host.ts'
export type { CreateDriver } from './host/host-runtime.host.ts'
export { silentPort } from './host/silent-port.host.ts'
