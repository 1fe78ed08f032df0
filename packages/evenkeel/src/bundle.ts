import { InvalidArgumentError, type Command } from 'commander'
import type { BundleOptions } from './bundle/bundle-app.ts'
import { print } from './print.ts'

interface BundleFlags {
  readonly output?: string
  readonly minify: boolean
  readonly sourcemap: BundleOptions['sourceMap']
  readonly external: readonly string[]
  readonly banner?: string
  readonly json?: boolean
}

const example = `
Examples:
  $ evenkeel bundle app.ts
  $ evenkeel bundle app.ts -o dist/app.js --external sharp --banner '/* Shop 1.2 */'`

export function addBundleCommand(program: Command): void {
  program
    .command('bundle')
    .description('write an app and what it imports into one file, which node and "evenkeel run" start')
    .argument('<file>', 'the file of the app: .js, .ts, .jsx or .tsx')
    .option('-o, --output <file>', 'where to (default <name>.bundle.js beside the app)')
    .option('--no-minify', 'keep names and white space')
    .option('--sourcemap <kind>', 'linked (a file beside it), inline, or none', parseSourceMap, 'linked')
    .option('--external <package>', 'leave a package to be installed; may be given several times', collect, [])
    .option('--banner <text>', 'text for the first line, such as a comment')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(runBundle)
}

async function runBundle(entry: string, flags: BundleFlags): Promise<void> {
  const { output, minify, sourcemap: sourceMap, external, banner } = flags
  const named = { ...(output === undefined ? {} : { output }), ...(banner === undefined ? {} : { banner }) }
  // Loaded here: no other verb needs the bundler.
  const { bundleApp } = await import('./bundle/bundle-app.ts')
  const bundle = await bundleApp({ entry, minify, sourceMap, external, ...named })
  const outside = bundle.external.length === 0 ? [] : [`To be installed beside it: ${bundle.external.join(', ')}`]
  const warnings = bundle.warnings.map((warning) => `Warning: ${warning}`)
  const lines = [`${bundle.file}: ${bundle.bytes} bytes from ${bundle.modules} modules`, ...outside, ...warnings]
  print(bundle, { ...flags, lines })
}

function parseSourceMap(text: string): BundleOptions['sourceMap'] {
  if (text === 'linked' || text === 'inline' || text === 'none') return text
  throw new InvalidArgumentError('It must be linked, inline or none.')
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
