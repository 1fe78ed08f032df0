/** What a bundle may ask of the prelude, inside the isolate. */
declare module 'evenkeel:host' {
  /** Calls the service. The reply's promise rejects with an error that has a `code`. */
  export function call(name: string, meta: unknown, body?: ArrayBuffer): OpenCall
  /** Continues a call that was answered in part; the service says that it may. Does not count as another. */
  export function callOn(name: string, meta: unknown, body?: ArrayBuffer): OpenCall
  export interface OpenCall {
    readonly callId: number
    readonly reply: Promise<{ readonly meta: unknown; readonly body: ArrayBuffer }>
  }
  /** Gives a call up. */
  export function cancel(callId: number): void
  /** Work of the host process on plain values; returns at once. Throws an error with a `code`. */
  export function native(operation: string, meta: unknown, ...buffers: readonly ArrayBuffer[]): NativeReply
  /** A timer that nobody is warned about when it is left over. */
  export function later(delayMs: number, run: () => void): number
  export function clearLater(id: number): void
  /** An error nobody can catch: fails the program. */
  export function report(error: unknown): void
  /** Takes the bytes from a buffer for good. */
  export function detach(buffer: ArrayBuffer): void
  export interface NativeReply {
    readonly meta: unknown
    readonly bytes: ArrayBuffer | undefined
  }
}

/** Loads another bundle when it is needed, not before. */
declare function require(id: string): unknown
