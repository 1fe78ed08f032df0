import type { ResolvedAppLimits } from '../app-limits.ts'

/** What an app host is told when it boots. Survives JSON. */
export interface AppHostOptions {
  /** Absolute path of the app's file. */
  readonly entry: string
  readonly limits: ResolvedAppLimits
  /** Text values of the app's `env`. */
  readonly variables: Readonly<Record<string, string>>
  /** Folder of what its bindings keep. Default: `.evenkeel/<name>` beside the app's file. */
  readonly dataDir?: string
  readonly protocol: 'http' | 'https'
  readonly listen: ListenPlace
  readonly tls?: TlsFiles
  readonly compress: boolean
}

/**
 * Where a runtime accepts connections: on a socket that all share, or on one of its own that only the gateway knows, or those of the
 * shared one that pass long requests on.
 */
export type ListenPlace =
  | {
      readonly kind: 'shared'
      /** Whether it finds routes that compute for long, and passes them on once it is told where. */
      readonly hasLane: boolean
    }
  | { readonly kind: 'lane'; readonly folder: string }
  | {
      readonly kind: 'routed'
      /** Folder of the runtimes' sockets, and of the one that leads to sibling apps. */
      readonly folder: string
    }

/** As PEM text. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** What a host says of its app when it begins to serve. */
export interface AppFacts {
  readonly pid: number
  /** Its own socket, where it has one. */
  readonly socket?: string
  readonly kind: 'fetch' | 'node'
  readonly hasSockets: boolean
  readonly crons: readonly string[]
  readonly bodyLimits: Readonly<Record<string, number>>
  /** Files that the app was loaded from, packages excluded. */
  readonly files: readonly string[]
}
