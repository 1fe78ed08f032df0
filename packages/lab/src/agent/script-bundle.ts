import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, extname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path'
import { makeFolder } from '../util/make-folder.ts'
import { LabError, messageOf } from '../errors/lab-error.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'

/** A script with the files that it needs, for a machine that has none of them. Paths are relative, with forward slashes. */
export interface ScriptBundle {
  readonly entry: string
  readonly configFile: string | undefined
  readonly payloadFiles: readonly string[]
  readonly files: readonly { readonly path: string; readonly base64: string }[]
}

const mostBytes = 64 * 1024 * 1024

/**
 * Packs the script, its configuration file, its data files, its processor with what that imports by relative path, and `include`
 * (files or folders). npm packages are not packed: an agent needs them installed.
 * @throws LabError `EK_LAB_SCRIPT_READ` for a missing file, `EK_LAB_PLAN` for more than 64 MiB.
 */
export async function packScript(script: ResolvedScript, include: readonly string[] = []): Promise<ScriptBundle> {
  const { configFile } = script.origin.options
  const config = configFile === undefined ? undefined : resolve(configFile)
  const payloads = script.payloads.map((payload) => payload.file)
  const processor = script.config['processor']
  const folder = dirname(config ?? script.file)
  const code = [script.file, ...(typeof processor === 'string' ? [resolve(folder, processor)] : [])]
  const files = new Set([script.file, ...(config === undefined ? [] : [config]), ...payloads])
  for (const path of code) await addImports(path, files)
  for (const path of include) for (const file of await filesBelow(resolve(path))) files.add(file)
  const root = commonFolder([...files])
  const inBundle = (path: string): string => relative(root, path).split(sep).join('/')
  return {
    entry: inBundle(script.file),
    configFile: config === undefined ? undefined : inBundle(config),
    payloadFiles: payloads.map((path) => inBundle(path)),
    files: await readAll([...files].toSorted(), inBundle),
  }
}

/** Lays a bundle out below a folder. @throws LabError `EK_LAB_AGENT` for a path that leaves it. */
export async function unpackScript(bundle: ScriptBundle, folder: string): Promise<void> {
  for (const { path, base64 } of bundle.files) {
    const file = inFolder(folder, path)
    await makeFolder(dirname(file))
    await writeFile(file, Buffer.from(base64, 'base64'))
  }
}

/** The place of a bundle's path below a folder. */
export function inFolder(folder: string, path: string): string {
  const clean = normalize(path)
  if (isAbsolute(clean) || clean === '..' || clean.startsWith(`..${sep}`))
    throw new LabError('EK_LAB_AGENT', `The path "${path}" leaves the bundle`)
  return join(folder, clean)
}

const codeFiles = ['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts']

async function addImports(path: string, files: Set<string>): Promise<void> {
  const isKnown = files.has(path)
  files.add(path)
  if (!codeFiles.includes(extname(path)) || (isKnown && extname(path) === '')) return
  const text = await readFile(path, 'utf8').catch(() => '')
  for (const [, specifier = ''] of text.matchAll(/(?:from|import|import\(|require\()\s*['"](\.{1,2}\/[^'"]+)['"]/g)) {
    const found = await resolveImport(resolve(dirname(path), specifier))
    if (found !== undefined && !files.has(found)) await addImports(found, files)
  }
}

async function resolveImport(path: string): Promise<string | undefined> {
  const candidates = [path, ...codeFiles.map((extension) => path + extension), join(path, 'index.js'), `${path}.json`]
  for (const candidate of candidates)
    if ((await stat(candidate).catch(() => undefined))?.isFile() === true) return candidate
  return undefined
}

async function filesBelow(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw new LabError('EK_LAB_SCRIPT_READ', `"${path}" cannot be sent to the agents: ${messageOf(error)}`)
  })
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

function commonFolder(paths: readonly string[]): string {
  const [first = sep, ...rest] = paths.map((path) => dirname(path))
  let folder = first
  while (rest.some((path) => path !== folder && !path.startsWith(folder === sep ? sep : folder + sep)))
    folder = dirname(folder)
  return folder
}

async function readAll(paths: readonly string[], inBundle: (path: string) => string): Promise<ScriptBundle['files']> {
  let bytes = 0
  const files: { path: string; base64: string }[] = []
  for (const path of paths) {
    const content = await readFile(path).catch((error: unknown) => {
      throw new LabError('EK_LAB_SCRIPT_READ', `"${path}" cannot be sent to the agents: ${messageOf(error)}`)
    })
    bytes += content.byteLength
    if (bytes > mostBytes)
      throw new LabError('EK_LAB_PLAN', `The script's files are more than ${mostBytes / 1024 / 1024} MiB, at "${path}"`)
    files.push({ path: inBundle(path), base64: content.toString('base64') })
  }
  return files
}
