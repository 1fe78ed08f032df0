import { buildSite, readConfigFile } from '@evenkeel/server'
import type { Command } from 'commander'

const example = `
Example:
  $ evenkeel build .
  $ evenkeel serve .`

export function addBuildCommand(program: Command): void {
  program
    .command('build')
    .description("build the project's pages/ for serve, and try them")
    .argument('[dir]', 'project folder', '.')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(runBuild)
}

async function runBuild(folder: string, { json = false }: { json?: boolean }): Promise<void> {
  const { pages } = await readConfigFile(folder)
  const startedAtMs = performance.now()
  const built = await buildSite(folder, pages)
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1)
  if (json) console.log(JSON.stringify(built))
  else console.log(`${built.routes.length} pages built in ${seconds} s: ${built.routes.join(', ')}`)
}
