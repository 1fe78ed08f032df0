/**
 * Fails when the documents and the code disagree: dead relative links, error codes of one and not of the other, and an import table
 * in `docs/architecture.md` that is not the one the boundary check uses.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageImports } from './import-table.ts'

const root = resolve(import.meta.dirname, '..')
const problems = [
  ...markdownFiles().flatMap((path) => deadLinks(path)),
  ...(await errorCodeProblems()),
  ...importTableProblems(),
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

function markdownFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n')
  return listed.filter((line) => line !== '' && existsSync(resolve(root, line))).map((line) => resolve(root, line))
}

function deadLinks(path: string): string[] {
  const text = readFileSync(path, 'utf8').replaceAll(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !existsSync(resolve(dirname(path), link)))
    .map((link) => `${relative(root, path)}: dead link "${link}"`)
}

/** Every catalogue is an export of `src/errors/codes.ts` whose name ends in `ErrorCodes`. */
async function errorCodeProblems(): Promise<string[]> {
  const path = 'docs/reference/errors.md'
  const documented = [...readFileSync(resolve(root, path), 'utf8').matchAll(/^\| `(EK_\w+)` \| (\w+)/gm)].map(
    ([, code, fault]) => `${code} ${fault}`,
  )
  const defined: string[] = []
  for (const file of globSync('packages/*/src/errors/codes.ts', { cwd: root })) {
    const module = (await import(pathToFileURL(resolve(root, file)).href)) as Record<string, Record<string, string>>
    for (const catalogue of Object.values(module))
      defined.push(...Object.entries(catalogue).map(([code, fault]) => `${code} ${fault}`))
  }
  return [
    ...defined.filter((code) => !documented.includes(code)).map((code) => `${path}: "${code}" is missing`),
    ...documented.filter((code) => !defined.includes(code)).map((code) => `${path}: "${code}" does not exist`),
    ...documented
      .filter((code, index) => documented.indexOf(code) !== index)
      .map((code) => `${path}: "${code}" stands twice`),
  ]
}

function importTableProblems(): string[] {
  const path = 'docs/architecture.md'
  const text = readFileSync(resolve(root, path), 'utf8')
  return Object.entries(packageImports)
    .map(([name, entries]) => `| \`${name}\` | ${entries.map((entry) => `\`${entry}\``).join(', ') || 'nothing'} |`)
    .filter((row) => !text.includes(row))
    .map((row) => `${path}: the import table has no row "${row}"`)
}
