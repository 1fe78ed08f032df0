import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../cli/cli-context.ts'
import { positiveInteger } from '../cli/parse-options.ts'
import { columnKinds, generatePayload } from '../script/generate-payload.ts'

interface GenerateFlags {
  readonly rows: number
  readonly fields: string
  readonly output: string
  readonly header?: boolean
  readonly seed?: number
}

/** `generate`: data files for `config.payload`. */
export function registerGenerate(program: Command, context: CliContext): void {
  program
    .command('generate')
    .description('writes a CSV data file for config.payload; each row is different')
    .option('-n, --rows <count>', 'rows', positiveInteger, 10_000)
    .option('-f, --fields <list>', 'name or name:kind, separated by commas', 'email,password')
    .option('-o, --output <file>', 'file to write', 'payload.csv')
    .option('--header', 'put the names of the fields in the first row (use skipHeader in the script)')
    .option('--seed <number>', 'makes the same file again', positiveInteger)
    .addHelpText(
      'after',
      `\nKinds: ${columnKinds.join(', ')}. Without a kind the name of the field decides.\n` +
        '\nExample:\n  $ evenkeel-lab generate --rows 10000 --fields email,password --output payload.csv',
    )
    .action((flags: GenerateFlags) => generate(flags, context))
}

async function generate(flags: GenerateFlags, context: CliContext): Promise<void> {
  const path = resolve(context.cwd, flags.output)
  await generatePayload(path, {
    rows: flags.rows,
    fields: flags.fields.split(','),
    header: flags.header === true,
    seed: flags.seed ?? Date.now(),
  })
  context.stdout.write(`${flags.rows} rows written to ${path}\n`)
}
