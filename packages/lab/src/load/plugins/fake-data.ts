import type { TemplateFunction } from '../../script/template.ts'
import { isRecord, type PlainRecord } from '../../util/records.ts'

/** Template functions of faker by module and name: `{{ $internetEmail() }}`. Options per function come from the plugin's settings. */
export async function fakeDataFunctions(
  options: PlainRecord,
  seed: number | undefined,
): Promise<Readonly<Record<string, TemplateFunction>>> {
  const { faker } = await import('@faker-js/faker')
  if (seed !== undefined) faker.seed(seed)
  const functions: Record<string, TemplateFunction> = {}
  for (const [moduleName, module] of Object.entries(faker)) {
    if (!isRecord(module) || moduleName.startsWith('_')) continue
    for (const name of namesOf(module)) {
      const short = `${moduleName}${name.charAt(0).toUpperCase()}${name.slice(1)}`
      const settings = options[short]
      functions[`$${short}`] = () => call(module, name, settings)
    }
  }
  return functions
}

function namesOf(module: PlainRecord): readonly string[] {
  return Object.keys(module).filter((name) => typeof module[name] === 'function')
}

function call(module: PlainRecord, name: string, settings: unknown): unknown {
  const method = module[name] as (settings?: unknown) => unknown
  return settings === undefined || settings === null ? method() : method(settings)
}
