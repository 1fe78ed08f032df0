import type { LoadScriptOptions } from '../script/load-script.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import type { ScriptBundle } from './script-bundle.ts'

/**
 * The options of a script as an agent is to load it. Of the environment only the variables go along that the script's files name:
 * the rest is nobody's business.
 */
export function shippedOptions({ origin }: ResolvedScript, bundle: ScriptBundle): LoadScriptOptions {
  const { configFile: _config, payloadFiles: _payload, env, ...rest } = origin.options
  return { ...rest, env: namedVariables(env ?? process.env, bundle) }
}

function namedVariables(
  env: Readonly<Record<string, string | undefined>>,
  bundle: ScriptBundle,
): Record<string, string | undefined> {
  const texts = bundle.files.map(({ base64 }) => Buffer.from(base64, 'base64').toString())
  const names = texts.flatMap((text) =>
    [...text.matchAll(/(?:\$env|\$processEnvironment|process\.env)(?:\.|\[['"])(\w+)/g)].map(([, name = '']) => name),
  )
  return Object.fromEntries([...new Set(names)].map((name) => [name, env[name]]))
}
