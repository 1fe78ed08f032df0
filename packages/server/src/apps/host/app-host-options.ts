import type { ResolvedAppLimits } from '../app-limits.ts'

/** What an app host is told when it boots. Survives JSON. */
export interface AppHostOptions {
  /** Absolute path of the app's file. */
  readonly entry: string
  readonly limits: ResolvedAppLimits
  /** Text values of the app's `env`. */
  readonly variables: Readonly<Record<string, string>>
  readonly protocol: 'http' | 'https'
  readonly tls?: TlsFiles
  readonly compress: boolean
}

/** As PEM text. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** What a host says of its app when it begins to serve. */
export interface AppFacts {
  readonly pid: number
  readonly kind: 'fetch' | 'node'
  readonly hasSockets: boolean
  readonly crons: readonly string[]
  /** Files that the app was loaded from, packages excluded. */
  readonly files: readonly string[]
}
