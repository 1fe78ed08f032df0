import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadScript } from '../../src/index.ts'
import { runCommand } from '../support/run-command.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

const root = new URL('../../../../', import.meta.url)

/** Every page that tells people what to type. */
async function pages(): Promise<string[]> {
  const guides = await readdir(new URL('docs/guide/', root))
  return [
    ...guides.filter((name) => name.startsWith('lab-')).map((name) => `docs/guide/${name}`),
    'README.md',
    'packages/lab/README.md',
    'examples/lab-auth-api/README.md',
  ]
}

interface CommandLine {
  readonly page: string
  readonly verb: string
  readonly options: readonly string[]
}

async function commandLines(): Promise<CommandLine[]> {
  const found: CommandLine[] = []
  for (const page of await pages()) {
    const text = await readFile(new URL(page, root), 'utf8')
    for (const [, verb = '', rest = ''] of text.matchAll(
      /(?:evenkeel-lab|@evenkeel\/lab|evenkeel lab) ([a-z]+)\b([^\n`]*)/g,
    ))
      // What stands in quotes belongs to the commands that are compared.
      found.push({ page, verb, options: rest.replaceAll(/"[^"]*"/g, '').match(/(?<=\s)--?[a-z][a-z-]*/g) ?? [] })
  }
  return found
}

test('every command line of the documentation is one that the command has', async () => {
  const lines = await commandLines()
  assert.ok(lines.length >= 20, `${lines.length} command lines`)
  const helps = new Map<string, string>()
  for (const { page, verb, options } of lines) {
    if (!helps.has(verb)) {
      const { stdout, exitCode, stderr } = await runCommand([verb, '--help'], { cwd: '/' })
      assert.equal(exitCode, 0, `${page}: ${verb}: ${stderr}`)
      helps.set(verb, stdout)
    }
    for (const option of options)
      assert.match(
        helps.get(verb) ?? '',
        new RegExp(`(?:^|[\\s,])${option}(?=[\\s,])`, 'm'),
        `${page}: ${verb} ${option}`,
      )
  }
})

test('the scripts of the guides and of the example can be run', async () => {
  for (const name of ['loadtest.yml', 'profile.yml']) {
    const file = new URL(`examples/lab-auth-api/${name}`, root).pathname
    const payloadFiles = name === 'loadtest.yml' ? [new URL('../fixtures/users.csv', import.meta.url).pathname] : []
    const script = await loadScript(file, { payloadFiles })
    assert.deepEqual(script.warnings, [])
    assert.ok(script.phases.length > 0)
  }
  const guide = await readFile(new URL('docs/guide/lab-02-scripts.md', root), 'utf8')
  const blocks = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
  assert.ok(blocks.length > 0)
  for (const text of blocks)
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'users.csv'), 'one@example.com,secret\n')
      await writeFile(join(folder, 'script.yml'), text)
      assert.deepEqual((await loadScript(join(folder, 'script.yml'))).warnings, [])
    })
})
