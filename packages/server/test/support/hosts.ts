import { openSync, closeSync, readFileSync, readSync } from 'node:fs'
import type { TestServer } from './test-server.ts'

/** Why processes cannot be looked into here, or false. */
export const procSkip: string | false = process.platform === 'linux' ? false : 'reads /proc'

/** Processes that run blocks: those of the rotation, and spares. */
export async function hostPids(server: TestServer): Promise<number[]> {
  const { body } = await server.admin('GET', '/admin/hosts')
  // One that is just being started has no process yet.
  return (body.hosts as { pid?: number }[]).flatMap(({ pid }) => pid ?? [])
}

/** Those that take work. */
export async function rotationPids(server: TestServer): Promise<number[]> {
  const { body } = await server.admin('GET', '/admin/hosts')
  return (body.hosts as { pid: number; rotation: boolean }[]).flatMap(({ pid, rotation }) => (rotation ? pid : []))
}

/** Processor time of a process since its start, in milliseconds; `/proc` counts in hundredths of a second. */
export function cpuMsOf(pid: number): number {
  const fields = readProc(pid, 'stat').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10
}

/** Of all hosts together, in milliseconds. */
export async function hostCpuMs(server: TestServer): Promise<number> {
  return (await hostPids(server)).reduce((sum, pid) => sum + cpuMsOf(pid), 0)
}

/** Resident memory of all hosts together, in MiB. */
export async function hostResidentMb(server: TestServer): Promise<number> {
  let pages = 0
  for (const pid of await hostPids(server)) pages += Number(readProc(pid, 'statm').split(' ')[1] ?? 0)
  return pages / 256
}

/** A host that has just been replaced has no files any more. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

const pieceBytes = 4 * 1_048_576

/** Whether the memory of a process holds a text, in Latin-1 or in UTF-16. */
export function memoryHolds(pid: number, text: string): boolean {
  const needles = [Buffer.from(text, 'latin1'), Buffer.from(text, 'utf16le')]
  const overlap = needles[1]?.byteLength ?? 0
  const file = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const { start, end } of writableRegions(pid))
      for (let at = start; at < end; at += pieceBytes - overlap) {
        const piece = readPiece(file, at, Math.min(pieceBytes, end - at))
        if (needles.some((needle) => piece.includes(needle))) return true
      }
    return false
  } finally {
    closeSync(file)
  }
}

function writableRegions(pid: number): { start: number; end: number }[] {
  return [...readProc(pid, 'maps').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)].map(([, from = '', to = '']) => ({
    start: Number.parseInt(from, 16),
    end: Number.parseInt(to, 16),
  }))
}

/** What cannot be read, such as a page that is only reserved, holds nothing. */
function readPiece(file: number, position: number, length: number): Buffer {
  const piece = Buffer.alloc(length)
  try {
    return piece.subarray(0, readSync(file, piece, 0, length, position))
  } catch {
    return Buffer.alloc(0)
  }
}
