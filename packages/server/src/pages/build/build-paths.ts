import { fileURLToPath } from 'node:url'

/** Files of this package that become part of a project's bundles. */
export const runtimeFiles: Readonly<Record<'program' | 'browser' | 'author' | 'devalue', string>> = {
  program: fileURLToPath(import.meta.resolve('#pages-program')),
  browser: fileURLToPath(import.meta.resolve('#pages-browser')),
  author: fileURLToPath(import.meta.resolve('#pages-author')),
  devalue: fileURLToPath(import.meta.resolve('devalue')),
}
