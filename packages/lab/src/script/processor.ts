import { pathToFileURL } from 'node:url'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { isRecord } from '../util/records.ts'
import { installGlobal } from './artillery-global.ts'
import type { HookReference } from './step.ts'

/** A function of a processor: hooks and function steps call it with what their place documents. */
export type ProcessorFunction = (...args: readonly unknown[]) => unknown

export type Processor = Readonly<Record<string, ProcessorFunction>>

/** Loads a processor: CommonJS, ES module or TypeScript. Names of the default export count too. */
export async function loadProcessor(file: string): Promise<Processor> {
  installGlobal()
  try {
    const module: unknown = await import(pathToFileURL(file).href)
    return functionsOf(module)
  } catch (error) {
    throw new LabError('EK_LAB_PROCESSOR', `The processor "${file}" could not be loaded: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** The functions of a module, those of its default export included. */
export function functionsOf(module: unknown): Processor {
  if (!isRecord(module)) return {}
  const inner = module['default']
  const all = { ...(isRecord(inner) ? inner : {}), ...module }
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, ProcessorFunction] => typeof entry[1] === 'function'),
  )
}

export function findHook(processor: Processor, reference: HookReference): ProcessorFunction | undefined {
  return typeof reference === 'function' ? reference : processor[reference]
}
