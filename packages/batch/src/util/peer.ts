import { BatchError } from '../errors/batch-error.ts'

/** Loads an optional peer dependency at its first use, and says how to get it when it is not installed. */
export async function loadPeer<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new BatchError('EK_BATCH_PEER_MISSING', `Cannot load "${name}": install it with "npm install ${name}"`, {
      cause,
    })
  }
}
