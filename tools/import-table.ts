/**
 * Which package may import which, and which folder of a package may import which.
 * `docs/architecture.md` prints the same table; a test compares them.
 */

/** Packages of ours that a package may import, by public entry. Anything not listed is forbidden. */
export const packageImports: Readonly<Record<string, readonly string[]>> = {
  '@evenkeel/pool': [],
  '@evenkeel/engine-isolate': ['@evenkeel/pool/engine', '@evenkeel/pool/host'],
  '@evenkeel/engine-quickjs': ['@evenkeel/pool/engine', '@evenkeel/pool/host', '@evenkeel/engine-isolate/guest'],
  '@evenkeel/batch': [],
  '@evenkeel/lab': [],
  '@evenkeel/server': [
    '@evenkeel/pool',
    '@evenkeel/pool/process',
    '@evenkeel/pool/turnover',
    '@evenkeel/batch',
    '@evenkeel/batch/file',
    '@evenkeel/batch/http',
    '@evenkeel/batch/redis',
    '@evenkeel/batch/stdout',
    '@evenkeel/engine-isolate',
  ],
  evenkeel: [
    '@evenkeel/server',
    '@evenkeel/server/apps',
    '@evenkeel/server/bindings',
    '@evenkeel/server/client',
    '@evenkeel/server/compat',
    '@evenkeel/server/web',
    '@evenkeel/lab',
  ],
}

/** Imports allowed only below one folder of a package: the composition root picks the engine. */
export const restrictedImports: readonly {
  readonly package: string
  readonly specifier: RegExp
  readonly folder: string
}[] = [{ package: '@evenkeel/server', specifier: /^@evenkeel\/(engine-|pool\/process)/, folder: 'serve' }]

/**
 * Folders of `src/` that a folder may import. Entry files at the root of `src/` may import any folder and are imported by nobody.
 * A package that is not listed has no folder rules.
 */
export const folderImports: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '@evenkeel/pool': {
    util: [],
    errors: [],
    contract: ['errors'],
    wire: ['contract', 'errors'],
    telemetry: ['contract'],
    host: ['contract', 'errors', 'util', 'wire'],
    supervisor: ['errors', 'util'],
    pool: ['contract', 'errors', 'wire', 'telemetry', 'supervisor', 'util'],
    process: ['contract', 'errors', 'host', 'util'],
    conformance: ['contract', 'errors', 'pool', 'util'],
  },
  '@evenkeel/server': {
    errors: [],
    config: ['errors'],
    egress: ['config', 'errors'],
    storage: ['config', 'errors'],
    telemetry: ['config', 'errors'],
    http: ['config', 'errors', 'storage', 'telemetry'],
    tokens: ['config', 'errors', 'storage', 'telemetry', 'http'],
    blocks: ['config', 'errors', 'storage', 'telemetry', 'http', 'tokens'],
    pages: ['config', 'errors', 'storage', 'telemetry', 'http', 'tokens'],
    apps: ['config', 'errors', 'storage', 'telemetry', 'http', 'tokens'],
    admin: ['config', 'errors', 'storage', 'telemetry', 'http', 'tokens'],
    client: [],
    serve: ['config', 'errors', 'egress', 'storage', 'telemetry', 'http', 'tokens', 'blocks', 'pages', 'apps', 'admin'],
  },
}
