import type ivm from 'isolated-vm'
import type { BundleStore } from './bundle-store.host.ts'

/** The bundles that one isolate has compiled. The second context that needs one only evaluates it. */
export class BundleScripts {
  readonly #isolate: ivm.Isolate
  readonly #store: BundleStore
  readonly #scripts = new Map<string, ivm.Script>()

  constructor(isolate: ivm.Isolate, store: BundleStore) {
    this.#isolate = isolate
    this.#store = store
  }

  /**
   * Called by a guest that waits for the answer; its isolate may be entered from here meanwhile. Undefined when the name stands for
   * nothing. Never throws: an error of the host would show the guest where the host is.
   */
  evaluate(context: ivm.Context, name: unknown, internal: boolean): ivm.Copy<unknown> | undefined {
    try {
      const bundle = this.#store.find(name, internal)
      if (bundle === undefined) return undefined
      const { id, text } = bundle
      const script = this.#scripts.get(id) ?? this.#isolate.compileScriptSync(text, { filename: `evenkeel:${id}` })
      this.#scripts.set(id, script)
      return script.runSync(context, { reference: true }).derefInto({ release: true }) as unknown as ivm.Copy<unknown>
    } catch {
      return undefined
    }
  }
}
