import type { Buffer } from 'node:buffer'
import { basename } from 'node:path'
import type { DiskPart } from '../batch/origin.ts'
import type { SpillFiles } from './files.ts'
import { scanFrames, type BadRange, type EventsFrame } from './frame.ts'
import type { Segments } from './segments.ts'

/** A batch that an earlier process left on disk. */
export interface RecoveredBatch {
  /** Its name on disk, by which it is acknowledged. */
  readonly diskId: string
  /** Its name for the destination. */
  readonly id: string
  readonly key: string | undefined
  readonly count: number
  readonly bytes: number
  readonly parts: readonly DiskPart[]
}

interface FoundPart {
  readonly part: DiskPart
  readonly from: number
  readonly count: number
  readonly bytes: number
  readonly key: string | undefined
}

interface Findings {
  /** In the order in which their first part was written. */
  readonly parts: Map<string, FoundPart[]>
  readonly acked: Set<string>
  corruptFrames: number
}

/** Reads segments of earlier processes: torn tails are cut off, unreadable ranges copied aside (`*.bad`) and counted. */
export async function recoverSegments(
  numbers: readonly number[],
  files: SpillFiles,
  segments: Segments,
): Promise<{ readonly batches: readonly RecoveredBatch[]; readonly corruptFrames: number }> {
  const findings: Findings = { parts: new Map(), acked: new Set(), corruptFrames: 0 }
  for (const number of numbers) await readSegment(number, findings, { files, segments })
  const batches: RecoveredBatch[] = []
  for (const [id, parts] of findings.parts) {
    if (findings.acked.has(id)) continue
    const batch = assemble(id, parts)
    for (const part of batch.parts) segments.retain(part)
    batches.push(batch)
  }
  return { batches, corruptFrames: findings.corruptFrames }
}

/** The segment files among the names of a folder, oldest first. */
export function segmentNumbers(names: readonly string[]): readonly number[] {
  return names
    .filter((name) => /^\d{12}\.seg$/.test(name))
    .map((name) => Number(basename(name, '.seg')))
    .sort((left, right) => left - right)
}

async function readSegment(
  number: number,
  findings: Findings,
  { files, segments }: { readonly files: SpillFiles; readonly segments: Segments },
): Promise<void> {
  const path = segments.pathOf(number)
  const segment = await files.readAll(path).catch(() => undefined)
  if (segment === undefined) {
    findings.corruptFrames += 1
    segments.adopt(number, 0)
    // Not settled and not readable now: the file stays for the operator.
    segments.retain({ segment: number, offset: 0, length: 0 })
    return
  }
  segments.adopt(number, segment.length)
  const { frames, bad } = scanFrames(segment)
  for (const { frame, offset, length } of frames) {
    if (frame.kind === 'ack') for (const id of frame.batchIds) findings.acked.add(id)
    else addPart(findings.parts, frame, { segment: number, offset, length })
  }
  for (const range of bad) findings.corruptFrames += await setAside(path, segment, range, files)
}

function addPart(parts: Map<string, FoundPart[]>, frame: EventsFrame, part: DiskPart): void {
  const found: FoundPart = {
    part,
    from: frame.from,
    count: frame.ends.length,
    bytes: frame.bytes.length,
    key: frame.key,
  }
  const known = parts.get(frame.batchId)
  if (known === undefined) parts.set(frame.batchId, [found])
  else known.push(found)
}

/** The number of corrupt frames that the range counts for. */
async function setAside(path: string, segment: Buffer, range: BadRange, files: SpillFiles): Promise<number> {
  if (range.torn) {
    await files.truncate(path, range.offset).catch(() => undefined)
    return 0
  }
  const bytes = segment.subarray(range.offset, range.offset + range.length)
  await files.write(`${path}.${range.offset}.bad`, bytes).catch(() => undefined)
  return 1
}

/**
 * Puts the parts of a batch together. What was written twice counts once. A batch with a hole gets an id of its own: its content is no
 * longer what the destination may know under the old one.
 */
function assemble(id: string, found: readonly FoundPart[]): RecoveredBatch {
  const sorted = found.toSorted((left, right) => left.from - right.from || right.count - left.count)
  const parts: FoundPart[] = []
  let next = 0
  let isWhole = true
  for (const part of sorted) {
    if (part.from < next) continue
    isWhole &&= part.from === next
    next = part.from + part.count
    parts.push(part)
  }
  return {
    diskId: id,
    id: isWhole ? id : `${id}.r`,
    key: parts[0]?.key,
    count: parts.reduce((sum, part) => sum + part.count, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    parts: parts.map(({ part }) => part),
  }
}
