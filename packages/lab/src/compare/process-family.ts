import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** One entry of /proc, as much of it as is needed here (proc(5), `stat`). */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** `Z` is a process that has ended and that nobody has waited for yet. */
  readonly state: string
  /** User and system time of all its threads, ended ones too. */
  readonly ownCpuMs: number
  /** The same of its children that have ended and were waited for. */
  readonly endedChildrenCpuMs: number
}

/** Linux counts CPU time in ticks; USER_HZ is 100 on every architecture that Node runs on. */
export const msPerTick = 10

/** Largest resident memory that the family's processes ever had, added up. */
export function familyPeakRssBytes(roots: readonly number[]): number | undefined {
  const peaks = processFamily(roots).map(({ pid }) => peakRssBytes(pid))
  const known = peaks.filter((peak) => peak !== undefined)
  return known.length === 0 ? undefined : known.reduce((sum, peak) => sum + peak, 0)
}

/** Whether a process group has a process that has not ended; undefined where there is no /proc. */
export function groupHasLiving(group: number): boolean | undefined {
  const ids = processIds()
  if (ids.length === 0) return undefined
  return ids.some((pid) => {
    const entry = readEntry(pid)
    return entry?.group === group && entry.state !== 'Z'
  })
}

/** The processes that listen on a TCP port of this machine; empty when they cannot be told. */
export function listeningProcesses(port: number): number[] {
  const sockets = listeningSockets(port)
  if (sockets.size === 0) return []
  return processIds().filter((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((name) => sockets.has(socketOf(`/proc/${pid}/fd/${name}`)))
    } catch {
      return false
    }
  })
}

/** Processes and everything below them, by id or by process group. Empty where there is no /proc. */
export function processFamily(roots: readonly number[]): ProcessEntry[] {
  const entries = processIds()
    .map((pid) => readEntry(pid))
    .filter((entry) => entry !== undefined)
  const members = new Set(
    entries.filter(({ pid, group }) => roots.includes(pid) || roots.includes(group)).map(({ pid }) => pid),
  )
  for (let before = -1; before !== members.size;) {
    before = members.size
    for (const entry of entries) if (members.has(entry.parent)) members.add(entry.pid)
  }
  return entries.filter(({ pid }) => members.has(pid))
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .map((name) => Number(name))
      .filter((pid) => pid > 0)
  } catch {
    return []
  }
}

function readEntry(pid: number): ProcessEntry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command stands in parentheses and may hold spaces and parentheses itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const field = (number: number): number => Number(fields[number - 3] ?? 0)
    return {
      pid,
      state: fields[0] ?? '',
      parent: field(4),
      group: field(5),
      ownCpuMs: (field(14) + field(15)) * msPerTick,
      endedChildrenCpuMs: (field(16) + field(17)) * msPerTick,
    }
  } catch {
    return undefined
  }
}

function peakRssBytes(pid: number): number | undefined {
  try {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match?.[1] === undefined ? undefined : Number(match[1]) * 1024
  } catch {
    return undefined
  }
}

const listenState = '0A'

function listeningSockets(port: number): Set<string> {
  const inodes = new Set<string>()
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of readLines(table)) {
      const [, local = '', , state, , , , , , inode = '0'] = line.trim().split(/\s+/)
      if (state === listenState && local.endsWith(`:${hexPort}`)) inodes.add(`socket:[${inode}]`)
    }
  return inodes
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(1)
  } catch {
    return []
  }
}

function socketOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
