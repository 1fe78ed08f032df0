import { existsSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { negotiate } from '@fastify/accept-negotiator'
import { send } from '@fastify/send'
import type { PageAnswer, PageRequestIn } from '../answers/page-answer.ts'

const encodings = { br: '.br', zstd: '.zst', gzip: '.gz' } as const
type Encoding = keyof typeof encodings

interface StaticFile {
  readonly folder: string
  /** Its name has a digest of its content. */
  readonly immutable: boolean
  readonly encodings: readonly Encoding[]
}

const yearMs = 365 * 86_400_000

/** The files of the newest builds: an older page may still ask for what belongs to it. */
export class StaticFiles {
  readonly #files = new Map<string, StaticFile>()
  readonly #keep: number
  #folders: { readonly folder: string; readonly paths: readonly string[] }[] = []

  constructor(keep = 3) {
    this.#keep = keep
  }

  /** Serves the files of a client build, before those of earlier ones. `hashedFolder` is the folder of files with a digest in their name. */
  add(folder: string, hashedFolder: string): void {
    const names = new Set(listFiles(folder))
    const isMade = (name: string): boolean =>
      Object.values(encodings).some((ending) => name.endsWith(ending) && names.has(name.slice(0, -ending.length)))
    const paths = [...names].filter((name) => !isMade(name))
    for (const path of paths) {
      const made = (Object.keys(encodings) as Encoding[]).filter((each) => names.has(path + encodings[each]))
      this.#files.set(path, { folder, immutable: path.startsWith(`/${hashedFolder}/`), encodings: made })
    }
    this.#folders = [...this.#folders, { folder, paths }]
    while (this.#folders.length > this.#keep) this.#drop()
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  async answer(path: string, { method, headers }: PageRequestIn): Promise<PageAnswer | undefined> {
    const file = this.#files.get(path)
    if (file === undefined) return undefined
    // A range counts the bytes of the file itself.
    const encoding = headers['range'] === undefined ? encodingFor(file, headers['accept-encoding']) : undefined
    const name = encoding === undefined ? path : path + encodings[encoding]
    const caching = file.immutable ? { maxAge: yearMs, immutable: true } : { maxAge: 0 }
    const request = { method, headers: headers as Record<string, string> } as unknown as Readable
    const sent = await send(request, encodeURI(name), {
      root: file.folder,
      dotfiles: 'allow',
      index: false,
      ...caching,
    })
    if (sent.type !== 'file' && sent.statusCode === 404) return undefined
    const own = sent.headers as Readonly<Record<string, string | number>>
    const type = send.mime.getType(path) ?? 'application/octet-stream'
    const list: [string, string][] = Object.entries(own).map(([key, value]) => [key.toLowerCase(), String(value)])
    const merged = new Map<string, string>(list)
    if (sent.statusCode < 300) merged.set('content-type', withCharset(type))
    if (file.encodings.length > 0) merged.set('vary', 'accept-encoding')
    if (encoding !== undefined && sent.statusCode < 300) merged.set('content-encoding', encoding)
    return { status: sent.statusCode, headers: [...merged], body: sent.stream }
  }

  #drop(): void {
    const [oldest, ...rest] = this.#folders
    this.#folders = rest
    for (const path of oldest?.paths ?? [])
      if (this.#files.get(path)?.folder === oldest?.folder) this.#files.delete(path)
  }
}

function encodingFor({ encodings: made }: StaticFile, accepted: unknown): Encoding | undefined {
  if (made.length === 0 || typeof accepted !== 'string') return undefined
  const best = negotiate(accepted, [...made, 'identity'])
  return made.find((each) => each === best)
}

function withCharset(type: string): string {
  return /^text\/|javascript|json$/.test(type) && !type.includes('charset') ? `${type}; charset=utf-8` : type
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')}`)
}
