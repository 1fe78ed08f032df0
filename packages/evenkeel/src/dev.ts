import type { Command } from 'commander'
import { parsePort } from './parse-port.ts'
import { runServe, type ServeFlags } from './serve.ts'

const example = `
Example:
  $ evenkeel dev . --port 8080`

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description(
      'serve a project while its pages/ are written: changes show at once, errors with their place in the source',
    )
    .argument('[dir]', 'project folder', '.')
    .option('--port <number>', 'public port (default 3000; 0 takes a free one)', parsePort)
    .option('--admin-port <number>', 'admin port (default 3001; 0 takes a free one)', parsePort)
    .option('--json', 'print one line of JSON when the server answers')
    .addHelpText('after', example)
    .action(runDev)
}

async function runDev(folder: string, flags: ServeFlags): Promise<void> {
  process.env['NODE_ENV'] ??= 'development'
  await runServe(folder, flags, { pages: { dev: true } })
}
