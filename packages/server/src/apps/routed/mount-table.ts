import { ServerError } from '../../errors/server-error.ts'

/** Where an app is: below a path, under a name of the server, or both. */
export interface Mount {
  readonly name: string
  /** Without a slash at its end; empty for all paths. */
  readonly mount: string
  readonly host: string | undefined
}

/** Addresses of the server itself. */
const ownPaths: readonly string[] = ['/v1', '/f', '/flow']

/** Finds the app of an address: by name first, then by the longest path. */
export class MountTable<Target extends Mount> {
  readonly #byHost = new Map<string, readonly Target[]>()
  readonly #everywhere: readonly Target[]

  /** Throws `EK_CONFIG_INVALID` for two apps at one address, and for one at an address of the server. */
  constructor(targets: readonly Target[]) {
    const taken = new Map<string, string>()
    for (const { name, mount, host } of targets) {
      const address = `${host ?? ''}${mount}/`
      const other = taken.get(address)
      if (other !== undefined) throw invalid(`the apps "${other}" and "${name}" are both at "${address}"`)
      taken.set(address, name)
      if (host === undefined && ownPaths.includes(mount))
        throw invalid(`the app "${name}" cannot be at "${mount}", which is the server's own`)
    }
    const longestFirst = targets.toSorted((a, b) => b.mount.length - a.mount.length)
    for (const [host = '', own] of Map.groupBy(longestFirst, ({ host }) => host)) this.#byHost.set(host, own)
    this.#everywhere = this.#byHost.get('') ?? []
    this.#byHost.delete('')
  }

  /** `url` is a path, perhaps with a query. */
  find(host: string | undefined, url: string): Target | undefined {
    const own = this.#byHost.size === 0 || host === undefined ? undefined : this.#byHost.get(nameOf(host))
    return below(own ?? [], url) ?? below(this.#everywhere, url)
  }
}

function below<Target extends Mount>(targets: readonly Target[], url: string): Target | undefined {
  return targets.find(({ mount }) => {
    if (!url.startsWith(mount)) return false
    const next = url[mount.length]
    return mount === '' || next === undefined || next === '/' || next === '?'
  })
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function invalid(message: string): ServerError {
  return new ServerError('EK_CONFIG_INVALID', message)
}
