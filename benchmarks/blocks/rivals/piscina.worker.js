import { runInContextOf } from './vm-block.js'

/** The function that Piscina calls. */
// oxlint-disable-next-line import/no-default-export -- the interface of Piscina
export default function run({ code, input }) {
  return runInContextOf(code, input)
}
