import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The part of `bundles/index.json` that a host needs. */
interface StoredIndex {
  readonly bundles: Readonly<Record<string, StoredBundle>>
}

interface StoredBundle {
  readonly file: string
  readonly sha256: string
  readonly names: readonly string[]
}

/** A bundle as it enters an isolate. */
export interface Bundle {
  readonly id: string
  /** An expression: the id and the function that makes the exports. */
  readonly text: string
}

/** The bundles of this package, and those an operator adds, read once and checked against the index. */
export class BundleStore {
  readonly #records = new Map<string, StoredBundle & { readonly folder: string }>()
  readonly #names = new Map<string, string>()
  readonly #loaded = new Map<string, Bundle>()

  constructor(folders: readonly string[]) {
    for (const folder of folders) {
      const { bundles } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as StoredIndex
      for (const [id, record] of Object.entries(bundles)) {
        this.#records.set(id, { ...record, folder })
        for (const name of record.names) this.#names.set(name, id)
      }
    }
  }

  /** The bundle that a name stands for. Names come from hostile code: only what is in the index is ever read. */
  find(name: unknown, internal: boolean): Bundle | undefined {
    if (typeof name !== 'string') return undefined
    const id = this.#names.get(name) ?? (internal && this.#records.has(name) ? name : undefined)
    return id === undefined ? this.#member(name) : this.#load(id)
  }

  /** `lodash/get` is what `lodash` calls `get`; the same for other packages that are one object of functions. */
  #member(name: string): Bundle | undefined {
    const match = /^(lodash|date-fns)\/(\w{1,60})$/.exec(name)
    if (match === null) return undefined
    const [holder, member] = [JSON.stringify(match[1]), JSON.stringify(match[2])]
    const text = `Object.hasOwn(require(${holder}), ${member}) ? require(${holder})[${member}] : undefined`
    return {
      id: name,
      text: `[${JSON.stringify(name)}, (function (module, exports, require) { module.exports = ${text} })]`,
    }
  }

  #load(id: string): Bundle {
    const known = this.#loaded.get(id)
    if (known !== undefined) return known
    const record = this.#records.get(id)
    if (record === undefined) throw new Error(`there is no bundle "${id}"`)
    const source = readFileSync(join(record.folder, record.file), 'utf8')
    if (createHash('sha256').update(source).digest('hex') !== record.sha256)
      throw new Error(`the bundle "${record.file}" is not the one in the index`)
    const bundle = { id, text: `[${JSON.stringify(id)}, ${source}]` }
    this.#loaded.set(id, bundle)
    return bundle
  }
}
