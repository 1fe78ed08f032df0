/** Fails when an import crosses a boundary of `import-table.ts`. Exit code 1 and one line for each violation. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { folderImports, packageImports, restrictedImports } from './import-table.ts'

const root = resolve(import.meta.dirname, '..')

interface Manifest {
  readonly name: string
  readonly imports?: Record<string, unknown>
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
}

interface SourceFile {
  readonly path: string
  readonly manifest: Manifest
  readonly sourceRoot: string
}

const violations = workspacePackages().flatMap((directory) => checkPackage(directory))
for (const violation of violations) console.error(violation)
if (violations.length > 0) process.exitCode = 1

function workspacePackages(): string[] {
  const parent = join(root, 'packages')
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(parent, entry.name))
}

function checkPackage(directory: string): string[] {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
  if (packageImports[manifest.name] === undefined) return [`${manifest.name}: not in the import table`]
  const sourceRoot = join(directory, 'src')
  return sourceFiles(sourceRoot).flatMap((path) => checkFile({ path, manifest, sourceRoot }))
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

function checkFile(file: SourceFile): string[] {
  const text = readFileSync(file.path, 'utf8')
  return importSpecifiers(text).flatMap((specifier) => {
    const problem = specifier.startsWith('.') ? relativeProblem(file, specifier) : bareProblem(file, specifier)
    return problem === undefined ? [] : [`${relative(root, file.path)}: imports "${specifier}": ${problem}`]
  })
}

/** Static imports and re-exports, and dynamic imports of a literal. */
function importSpecifiers(text: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

function relativeProblem(file: SourceFile, specifier: string): string | undefined {
  const target = resolve(dirname(file.path), specifier)
  if (!target.startsWith(file.sourceRoot + sep)) return 'leaves the package'
  const from = folderOf(file.sourceRoot, file.path)
  const to = folderOf(file.sourceRoot, target)
  const table = folderImports[file.manifest.name]
  if (table === undefined || from === to || from === '') return undefined
  if (to === '') return 'an entry file is imported by nobody inside its package'
  const allowed = table[from]
  if (allowed === undefined) return `folder "${from}" is not in the import table`
  return allowed.includes(to) ? undefined : `folder "${from}" may not import folder "${to}"`
}

function folderOf(sourceRoot: string, path: string): string {
  const parts = relative(sourceRoot, path).split(sep)
  return parts.length > 1 ? (parts[0] ?? '') : ''
}

function bareProblem(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  if (specifier.startsWith('#'))
    return file.manifest.imports?.[specifier] === undefined ? 'not in "imports"' : undefined
  const packageName = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (!declares(file.manifest, packageName)) return 'not a declared dependency'
  if (packageImports[packageName] === undefined) return undefined
  return ownPackageProblem(file, specifier)
}

function declares(manifest: Manifest, name: string): boolean {
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  return [dependencies, peerDependencies, optionalDependencies].some((group) => group?.[name] !== undefined)
}

function ownPackageProblem(file: SourceFile, specifier: string): string | undefined {
  const allowed = packageImports[file.manifest.name] ?? []
  if (!allowed.some((entry) => specifier === entry))
    return `${file.manifest.name} may import only ${allowed.join(', ') || 'nothing of ours'}`
  const rule = restrictedImports.find((each) => each.package === file.manifest.name && each.specifier.test(specifier))
  if (rule === undefined || folderOf(file.sourceRoot, file.path) === rule.folder) return undefined
  return `only folder "${rule.folder}" may import it`
}
