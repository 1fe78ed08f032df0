import { join } from 'node:path'
import { BatchError, BatchProcessor, type Transport } from '@evenkeel/batch'
import { ServerError } from '../../errors/server-error.ts'
import type { BatchConfig, BatchDestinationConfig } from './binding-config.ts'

export interface BatchBindingOptions {
  readonly config: BatchConfig
  /** Folder for events that could not be sent, with one subfolder for each runtime. */
  readonly spillFolder: string
  /** Folder of relative paths. */
  readonly dataDir: string
}

/** Runtimes that can keep events on disk at one time. */
const maxSlots = 64

/** Throws `EK_BINDING_OPEN` when the options of the processor do not fit together. The caller closes it with `close()`. */
export async function openBatch(options: BatchBindingOptions): Promise<BatchProcessor<unknown>> {
  const { config } = options
  const transport = await openTransport(config.destination, options.dataDir)
  const { maxEvents, maxBytes, maxAgeMs, buffer, closeDeadlineMs } = config
  const batch = {
    ...(maxEvents === undefined ? {} : { maxEvents }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  }
  const common = {
    transport,
    batch,
    ...(buffer === undefined ? {} : { buffer }),
    ...(closeDeadlineMs === undefined ? {} : { closeDeadlineMs }),
  }
  if (config.spill === undefined) return open(() => new BatchProcessor(common))
  const { mode = 'overflow', maxBytes: spillBytes } = config.spill
  const limits = spillBytes === undefined ? {} : { maxBytes: spillBytes }
  return openSlot(
    (slot) => new BatchProcessor({ ...common, spill: { folder: join(options.spillFolder, slot), mode, ...limits } }),
  )
}

/**
 * A folder has one processor at a time, so each runtime takes the first that is free. What a runtime that is gone left in it is then
 * sent by the next one that takes it.
 */
function openSlot(create: (slot: string) => BatchProcessor<unknown>): BatchProcessor<unknown> {
  for (let slot = 0; slot < maxSlots; slot += 1) {
    try {
      return create(String(slot))
    } catch (error) {
      if (error instanceof BatchError && error.code === 'EK_BATCH_SPILL_LOCKED') continue
      throw openError(error)
    }
  }
  throw new ServerError('EK_BINDING_OPEN', `all ${maxSlots} folders for events on disk are in use`)
}

function open(create: () => BatchProcessor<unknown>): BatchProcessor<unknown> {
  try {
    return create()
  } catch (error) {
    throw openError(error)
  }
}

function openError(cause: unknown): ServerError {
  return new ServerError('EK_BINDING_OPEN', `the batch processor cannot start: ${(cause as Error).message}`, { cause })
}

async function openTransport(destination: BatchDestinationConfig, dataDir: string): Promise<Transport> {
  switch (destination.type) {
    case 'http': {
      const { httpTransport } = await import('@evenkeel/batch/http')
      const { url, headers = {}, format = 'ndjson' } = destination
      return httpTransport({ url, headers, format })
    }
    case 'redis': {
      const { redisStreamTransport } = await import('@evenkeel/batch/redis')
      return redisStreamTransport({ url: destination.url ?? '', stream: destination.stream })
    }
    case 'file': {
      const { fileTransport } = await import('@evenkeel/batch/file')
      const { rotateBytes } = destination
      return fileTransport({
        path: join(dataDir, destination.path),
        ...(rotateBytes === undefined ? {} : { rotateBytes }),
      })
    }
    case 'stdout': {
      const { stdoutTransport } = await import('@evenkeel/batch/stdout')
      return stdoutTransport()
    }
  }
}
