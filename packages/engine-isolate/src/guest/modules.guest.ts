import { callService, cancelCall } from './calls.guest.ts'
import { define } from './lockdown.guest.ts'
import { primordials } from './primordials.guest.ts'
import type { GuestState } from './state.guest.ts'
import { addTimer } from './timers.guest.ts'
import { webGlobals } from './web-globals.guest.ts'

/** The text of a bundle, evaluated: its id, and the function that makes its exports. */
export type LoadedBundle = readonly [
  id: string,
  factory: (module: { exports: unknown }, exports: unknown, require: (name: string) => unknown) => void,
]

/** Asks the host for a bundle. `internal` ones are for bundles, the others for programs. */
export type LoadBundle = (name: string, internal: boolean) => LoadedBundle | undefined

/** An error of native work crosses as text. */
export type NativeDoor = (
  operation: string,
  meta: string,
  ...buffers: readonly ArrayBuffer[]
) => {
  readonly meta?: string
  readonly bytes?: ArrayBuffer
  readonly error?: { readonly message: string; readonly code: string; readonly name: string }
}

export interface GuestModules {
  /** For the program: names of the allow-list. */
  readonly require: (name: unknown) => unknown
  /** For the prelude and the bundles: internal names too. */
  readonly internal: (name: string) => unknown
}

export function createModules(state: GuestState, loadBundle?: LoadBundle, native?: NativeDoor): GuestModules {
  const byId = new Map<string, { exports: unknown }>()
  const byName = new Map<string, { exports: unknown }>()
  const load = (name: string, internal: boolean): { exports: unknown } | undefined => {
    const loaded = loadBundle?.(name, internal)
    if (loaded === undefined) return undefined
    const [id, factory] = loaded
    const known = byId.get(id)
    if (known !== undefined) return known
    const module = { exports: {} }
    byId.set(id, module)
    factory(module, module.exports, requireInternal)
    return module.exports === undefined ? undefined : module
  }
  const requireInternal = (name: string): unknown => {
    if (name === 'evenkeel:host') return (hostModule ??= createHostModule(state, native))
    const known = byId.get(name) ?? byName.get(name) ?? load(name, true)
    if (known === undefined) throw moduleNotFound(name)
    byName.set(name, known)
    return known.exports
  }
  let hostModule: object | undefined
  const require = (name: unknown): unknown => {
    const text = String(name)
    const known = byName.get(`require:${text}`) ?? load(text, false)
    if (known === undefined) throw moduleNotFound(text)
    byName.set(`require:${text}`, known)
    return known.exports
  }
  return { require, internal: requireInternal }
}

/** One message for every name, so that it tells nothing of the machine. */
export function moduleNotFound(name: string): Error {
  const error = new Error(`Cannot find module ${primordials.jsonStringify(name.slice(0, 200))}`)
  error.name = 'ModuleNotFoundError'
  return Object.assign(error, { code: 'MODULE_NOT_FOUND' })
}

/** Each name costs a property until it is touched, or replaced by the program. One descriptor serves them all. */
export function installLazyGlobals(global: object, modules: GuestModules): void {
  const descriptor: PropertyDescriptor = { configurable: true, enumerable: false }
  for (const bundle in webGlobals) {
    for (const name of webGlobals[bundle] ?? []) {
      descriptor.get = () => {
        const value = (modules.internal(bundle) as Record<string, unknown>)[name]
        define(global, name, value)
        return value
      }
      descriptor.set = (value: unknown) => define(global, name, value)
      Object.defineProperty(global, name, descriptor)
    }
  }
}

/** What bundles may ask of the prelude: `modules/host.d.ts` has its types. */
export function createHostModule(state: GuestState, native?: NativeDoor): object {
  return {
    call: (name: string, meta: unknown, body?: ArrayBuffer) => callService(state, { name, meta, body }),
    callOn: (name: string, meta: unknown, body?: ArrayBuffer) =>
      callService(state, { name, meta, body, continues: true }),
    cancel: (callId: number) => cancelCall(state, callId),
    native: (operation: string, meta: unknown, ...buffers: ArrayBuffer[]) => {
      if (native === undefined) throw new Error('There is no native work here')
      const reply = native(operation, primordials.jsonStringify(meta) ?? 'null', ...buffers)
      if (reply.error === undefined) return { meta: primordials.jsonParse(reply.meta ?? 'null'), bytes: reply.bytes }
      const Class = { TypeError, RangeError }[reply.error.name] ?? Error
      throw Object.assign(new Class(reply.error.message), { code: reply.error.code })
    },
    later: (delayMs: number, run: () => void) => addTimer(state.timers, { delayMs, run, repeat: false, silent: true }),
    clearLater: (id: number) => void state.timers.waiting.delete(id),
    report: (error: unknown) => state.fail(error),
    detach: (buffer: ArrayBuffer) => primordials.detach(buffer),
  }
}
