import { ServerError } from '../../errors/server-error.ts'

/** Loads an optional driver at its first use, and says how to get it when it is not installed. Throws `EK_BINDING_DRIVER`. */
export async function loadDriver<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new ServerError('EK_BINDING_DRIVER', `the package "${name}" is not installed`, {
      cause,
      hint: `Install it: npm install ${name}`,
    })
  }
}
