import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib'

const compressible = new Set(['.js', '.mjs', '.css', '.html', '.svg', '.json', '.txt', '.xml', '.wasm', '.ttf', '.map'])

/** A smaller file gains nothing, in bytes. */
const leastBytes = 1_024

/** The best brotli takes seconds for a megabyte; from here on the second best will do, in bytes. */
const largeBytes = 512 * 1_024

const brotli = promisify(brotliCompress)
const zstd = promisify(zstdCompress)
const gzipped = promisify(gzip)

/** Writes `.br`, `.gz` and `.zst` beside every file that gets smaller by them. */
export async function precompress(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile() && compressible.has(extname(entry.name)))
  for (const entry of files) await compressFile(join(entry.parentPath, entry.name))
}

async function compressFile(file: string): Promise<void> {
  const content = await readFile(file)
  if (content.byteLength < leastBytes) return
  const quality = content.byteLength > largeBytes ? 9 : 11
  const made = await Promise.all([
    brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
    gzipped(content, { level: 9 }),
    zstd(content, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  ])
  const endings = ['.br', '.gz', '.zst']
  const worth = made.map((bytes, index) => ({ bytes, ending: endings[index] ?? '' }))
  for (const { bytes, ending } of worth)
    if (bytes.byteLength < content.byteLength) await writeFile(file + ending, bytes)
}
